import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

@Suite struct ModelServingTests {
    @Test func `what is left out has its default`() throws {
        let serving = try ModelServing(
            KubernetesObject([
                "metadata": ["name": "m"],
                "spec": ["template": ["roles": [["name": "r", "entryTemplate": TestObjects.template("i")]]]],
            ]))
        #expect(serving.spec.replicas == 1)
        #expect(serving.spec.schedulerName == "volcano")
        #expect(serving.spec.recoveryPolicy == .roleRecreate)
        #expect(serving.spec.rolloutStrategy.kind == .servingGroup)
        #expect(serving.spec.rolloutStrategy.maxUnavailable == .count(1))
        #expect(serving.spec.rolloutStrategy.partition == nil)
        #expect(serving.spec.template.restartGracePeriodSeconds == 0)
        let role = try #require(serving.spec.template.roles.first)
        #expect(role.replicas == 1 && role.workerReplicas == 0 && role.workerTemplate == nil)
        #expect(serving.legacyNotes == [])
    }

    @Test(
        arguments: [
            (["networkTopology": ["mode": "soft", "highestTierAllowed": 2]], "soft", 1),
            (["networkTopology": ["highestTierAllowed": 2]], "hard", 1),
            (["networkTopology": ["mode": "soft"]], "soft", 1),
            (["gangPolicy": ["networkTopology": ["mode": "soft", "highestTierAllowed": 2]]], "soft", 1),
            (["networkTopology": ["groupPolicy": ["highestTierAllowed": 2]]], "hard", 0),
        ] as [(JSONValue, String, Int)])
    func `topology of every generation is the group's policy`(members: JSONValue, mode: String, notes: Int) throws {
        var object = TestObjects.serving
        for (name, value) in try #require(members.object) { object[path: "spec", "template", name] = value }
        let serving = try ModelServing(KubernetesObject(object))
        #expect(serving.spec.template.groupPolicy?.mode.rawValue == mode)
        let tier = members.text().contains("Tier") ? 2 : 1
        #expect(serving.spec.template.groupPolicy?.highestTierAllowed == tier)
        #expect(serving.spec.template.rolePolicy == nil)
        #expect(serving.legacyNotes.count == notes)
    }

    @Test func `a surge counts, spread constraints of earlier generations are told of`() throws {
        var object = TestObjects.serving
        object[path: "spec", "topologySpreadConstraints"] = [["maxSkew": 1]]
        object[path: "spec", "rolloutStrategy", "rollingUpdateConfiguration"] = ["maxSurge": 1]
        let serving = try ModelServing(KubernetesObject(object))
        #expect(serving.spec.topologySpreadConstraints.count == 1)
        #expect(serving.spec.rolloutStrategy.maxSurge == .count(1))
        #expect(serving.legacyNotes.count == 1)
    }

    @Test func `a status is written and read back, with every field of the schema`() throws {
        var status = ModelServingStatus()
        status.observedGeneration = 3
        status.replicas = 4
        status.currentReplicas = 1
        status.updatedReplicas = 3
        status.availableReplicas = 2
        status.currentRevision = "a"
        status.updateRevision = "b"
        status.labelSelector = "x=y"
        var prefill = ModelServingStatus.RoleCount(name: "prefill")
        (prefill.replicas, prefill.readyReplicas, prefill.updatedReplicas) = (3, 2, 1)
        status.roles = [prefill]
        status.conditions = [
            Condition("Available", true, reason: "AllGroupsReady", message: "m", at: Timestamp(microseconds: 0))
        ]
        #expect(ModelServingStatus(status.json) == status)
        let schema = try Deployed.schema("modelservings")
        let fields = Set(schema[path: "properties", "status", "properties"]?.object?.keys ?? [])
        #expect(Set(status.json.object?.keys ?? []) == fields)
        let counts = schema[path: "properties", "status", "properties", "roles", "items", "properties"]?.object
        #expect(Set(status.json["roles"]?[0]?.object?.keys ?? []) == Set(counts?.keys ?? []))
        #expect(ModelServingStatus().json["replicas"] == 0)
    }
}
