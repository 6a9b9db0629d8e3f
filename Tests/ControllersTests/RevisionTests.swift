import Controllers
import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

/// What names a revision, and which are kept.
@Suite struct RevisionTests {
    private func revisions(_ state: PlanState) -> [String] {
        state.revisions.values.compactMap { $0.labels["modelserving.volcano.sh/revision"] }.sorted()
    }

    @Test func `only the current and the update's revision are kept`() throws {
        var state = try ServingRolloutTests.state(groups: 3, maxUnavailable: 1, partition: 1)
        let first = state.serving.status.currentRevision
        for version in 2...4 {
            try state.editRole(0, image("v\(version)"))
            state.settle()
            let status = state.serving.status
            #expect(status.currentRevision == first)
            #expect(revisions(state) == [first, status.updateRevision].sorted())
        }
        #expect(state.revisions.values.compactMap { $0.json["revision"]?.integer }.sorted() == [1, 4])
        try state.edit { $0[path: "spec", "rolloutStrategy", "rollingUpdateConfiguration", "partition"] = nil }
        state.settle()
        #expect(revisions(state) == [state.serving.status.updateRevision])
    }

    @Test func `a revision that a rollout comes back to keeps its name`() throws {
        var state = try ServingRolloutTests.state(groups: 2, partition: 1)
        let first = state.serving.status.currentRevision
        let uids = state.pods.mapValues(\.uid)
        try state.editRole(0, image("v2"))
        try state.editRole(0, image("v1"))
        #expect(state.plan.actions.isEmpty)
        state.step()
        #expect(state.serving.status.updateRevision == first)
        #expect(state.pods.mapValues(\.uid) == uids)
    }

    @Test func `what another controller kept under another name is not rolled`() throws {
        var state = try ServingRolloutTests.state(groups: 2)
        let own = state.serving.status.updateRevision
        // As written by a controller that hashes otherwise and spells out what says nothing.
        let (key, value) = try #require(state.revisions.first)
        var theirs = value
        theirs.name = "s-other"
        theirs.labels["modelserving.volcano.sh/revision"] = "other"
        var role = try #require(theirs.json[path: "data", "data"]?[0])
        var container = try #require(role[path: "entryTemplate", "spec", "containers"]?[0])
        container["resources"] = .object(JSONObject())
        role[path: "entryTemplate", "spec", "containers"] = [container]
        role[path: "entryTemplate", "metadata"] = ["creationTimestamp": .null]
        theirs.json["data"] = ["data": [role]]
        state.revisions[key] = nil
        state.revisions["s-other"] = theirs
        for name in state.names {
            state.pods[name]?.object.annotations = [:]
            state.pods[name]?.object.labels["modelserving.volcano.sh/revision"] = "other"
            state.pods[name]?.object.labels["modelserving.volcano.sh/role-template-hash"] = "theirs"
        }
        try state.edit { $0[path: "status", "currentRevision"] = "other" }
        state.step()
        #expect(state.living.count == 2)
        #expect(state.serving.status.updateRevision == "other" && own != "other")
        #expect(state.serving.status.updatedReplicas == 2)
        try state.editRole(0, image("v2"))
        state.settle()
        #expect(state.names.allSatisfy { state.image($0) == "v2" })
    }

    @Test func `two contents never share a name`() throws {
        var state = try ServingRolloutTests.state(groups: 2, partition: 1)
        var fresh = state
        try fresh.editRole(0, image("v2"))
        fresh.settle()
        let name = fresh.serving.status.updateRevision
        // What stands has the very name that the next content hashes to.
        var (_, kept) = try #require(state.revisions.first)
        kept.name = "s-\(name)"
        kept.labels["modelserving.volcano.sh/revision"] = name
        state.revisions = [kept.name: kept]
        for pod in state.names { state.pods[pod]?.object.annotations["martlet.dev/revision"] = name }
        try state.edit { $0[path: "status", "currentRevision"] = .string(name) }
        state.step()
        #expect(state.serving.status.updateRevision == name)
        try state.editRole(0, image("v2"))
        state.settle()
        let update = state.serving.status.updateRevision
        #expect(update != name)
        #expect(state.names.map { state.image($0) } == ["v1", "v2"])
        let data = try #require(state.revisions["s-\(update)"]).json[path: "data", "data"]
        #expect(data == state.serving.object.spec[path: "template", "roles"])
        // The name stays when the other one is gone.
        try state.edit { $0[path: "spec", "rolloutStrategy", "rollingUpdateConfiguration", "partition"] = nil }
        state.settle()
        #expect(revisions(state) == [update])
        #expect(state.plan.actions.isEmpty && state.names.count == 2)
    }

    @Test func `a revision that was lost is kept again`() throws {
        var state = try ServingRolloutTests.state(groups: 1)
        let before = state.revisions
        state.revisions = [:]
        state.step()
        #expect(state.revisions.keys == before.keys)
        #expect(state.plan.actions.isEmpty)
    }

    @Test(arguments: [false, true]) func `a change of placement rolls where the user asked for it`(opts: Bool) throws {
        var state = try ServingRolloutTests.state(groups: 1)
        let uid = state.pods["s-0-a-0-0"]?.uid
        if opts {
            try state.edit { $0[path: "metadata", "annotations", "martlet.dev/rollout-on-placement-change"] = "true" }
            #expect(state.plan.actions.isEmpty, "asking for it rolls nothing yet")
        }
        try state.edit {
            $0[path: "spec", "template", "networkTopology", "groupPolicy"] = ["mode": "hard", "highestTierAllowed": 1]
        }
        state.settle()
        #expect((state.pods["s-0-a-0-0"]?.uid == uid) != opts)
        #expect(state.condition("Ready")?.holds == true)
        #expect(state.revisions.count == 1)
        #expect(state.plan.actions.isEmpty)
    }
}
