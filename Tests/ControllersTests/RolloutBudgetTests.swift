import Controllers
import JSONValues
import KubernetesAPI
import ServingAPI
import Testing

/// The arithmetic of rollouts, by the tables it is specified in.
@Suite struct RolloutBudgetTests {
    struct Row: Sendable {
        var replicas: Int
        var maxUnavailable: JSONValue
        var partition: JSONValue?
        /// The state of each group by ordinal: `o` old and running, `d` old and on its way out, `x` old and not
        /// running, `n` new and running, `c` new and not running yet, `-` not there.
        var groups: String
        /// Ordinals of the groups that the next plan takes.
        var taken: [Int]
    }

    static let rows = [
        Row(replicas: 4, maxUnavailable: 2, groups: "oooo", taken: [2, 3]),
        Row(replicas: 4, maxUnavailable: 2, groups: "oodd", taken: []),
        Row(replicas: 4, maxUnavailable: 2, groups: "oocc", taken: []),
        Row(replicas: 4, maxUnavailable: 2, groups: "oonc", taken: [1]),
        Row(replicas: 5, maxUnavailable: 5, partition: 3, groups: "ooooo", taken: [3, 4]),
        Row(replicas: 10, maxUnavailable: "25%", groups: "oooooooooo", taken: [8, 9]),
        Row(replicas: 10, maxUnavailable: 10, partition: "25%", groups: "oooooooooo", taken: [3, 4, 5, 6, 7, 8, 9]),
        // What does not run goes first, and costs no more than it has to.
        Row(replicas: 4, maxUnavailable: 2, groups: "oxoo", taken: [1, 3]),
        Row(replicas: 4, maxUnavailable: 1, groups: "xxoo", taken: [1]),
        Row(replicas: 4, maxUnavailable: 2, groups: "xxxo", taken: [1, 2]),
        Row(replicas: 4, maxUnavailable: 1, groups: "oodo", taken: []),
        // A group that is not there counts as down, also behind the partition.
        Row(replicas: 4, maxUnavailable: 2, groups: "oo-o", taken: [3]),
        Row(replicas: 4, maxUnavailable: 1, groups: "-ooo", taken: []),
        Row(replicas: 4, maxUnavailable: 1, partition: 2, groups: "oxoo", taken: []),
        // More may be down than there are.
        Row(replicas: 3, maxUnavailable: 9, groups: "ooo", taken: [0, 1, 2]),
        Row(replicas: 3, maxUnavailable: "100%", groups: "oon", taken: [0, 1]),
        Row(replicas: 3, maxUnavailable: 1, partition: 3, groups: "ooo", taken: []),
        Row(replicas: 3, maxUnavailable: 1, partition: "100%", groups: "ooo", taken: []),
        Row(replicas: 3, maxUnavailable: 1, partition: 0, groups: "ooo", taken: [2]),
        // A share that has come to less than one group is one.
        Row(replicas: 3, maxUnavailable: "10%", groups: "ooo", taken: [2]),
        Row(replicas: 3, maxUnavailable: 1, groups: "onn", taken: [0]),
        Row(replicas: 3, maxUnavailable: 1, groups: "nnn", taken: []),
    ]

    @Test(arguments: rows) func `groups taken by the next plan`(row: Row) throws {
        var state = try ServingRolloutTests.state(groups: row.replicas, maxUnavailable: row.maxUnavailable)
        try state.edit {
            $0[path: "spec", "rolloutStrategy", "rollingUpdateConfiguration", "partition"] = row.partition
        }
        let (old, oldRevisions) = (state.pods, state.revisions)
        try state.editRole(0, image("v2"))
        let status = state.serving.object.status
        let rolled = try state.rolledOut()
        // The status of the old revision, the groups as the row says.
        try state.edit { $0["status"] = status }
        state.revisions = oldRevisions.merging(rolled.revisions) { first, _ in first }
        for (index, letter) in row.groups.enumerated() {
            let name = "s-\(index)-a-0-0"
            state.pods[name] = letter == "-" ? nil : "ncr".contains(letter) ? rolled.pods[name] : old[name]
            if letter == "x" || letter == "c" { state.run([name], ready: false) }
            if letter == "d" { state.terminate(name) }
        }
        let living = Set(state.living)
        state.step()
        let taken = (0..<row.replicas).filter { index in
            living.contains("s-\(index)-a-0-0") && state.pods["s-\(index)-a-0-0"]?.object.isBeingDeleted == true
        }
        #expect(taken == row.taken)
    }

    struct RoleRow: Sendable {
        var replicas: Int
        var maxUnavailable: JSONValue?
        var partition: JSONValue?
        var replicasState: String
        var taken: [Int]
    }

    static let roleRows = [
        RoleRow(replicas: 4, maxUnavailable: 2, replicasState: "oooo", taken: [2, 3]),
        RoleRow(replicas: 4, maxUnavailable: nil, replicasState: "oooo", taken: [3]),
        RoleRow(replicas: 4, maxUnavailable: 2, replicasState: "oocc", taken: []),
        RoleRow(replicas: 4, maxUnavailable: 2, replicasState: "oond", taken: [1]),
        RoleRow(replicas: 4, maxUnavailable: "50%", partition: 1, replicasState: "ooxo", taken: [2, 3]),
        RoleRow(replicas: 3, maxUnavailable: "50%", partition: "34%", replicasState: "ooo", taken: [2]),
        RoleRow(replicas: 4, maxUnavailable: 4, partition: "25%", replicasState: "oooo", taken: [1, 2, 3]),
        RoleRow(replicas: 2, maxUnavailable: "25%", replicasState: "oo", taken: [1]),
        RoleRow(replicas: 3, maxUnavailable: 1, replicasState: "onn", taken: [0]),
    ]

    @Test(arguments: roleRows) func `role replicas taken by the next plan, in every group alike`(row: RoleRow) throws {
        var state = try RoleRolloutTests.state(
            groups: 2, prefill: row.replicas, maxUnavailable: row.maxUnavailable, partition: row.partition)
        let (old, oldRevisions, status) = (state.pods, state.revisions, state.serving.object.status)
        try state.editRole(0, image("v2"))
        let rolled = try state.rolledOut()
        try state.edit { $0["status"] = status }
        state.revisions = oldRevisions.merging(rolled.revisions) { first, _ in first }
        for group in 0..<2 {
            for (index, letter) in row.replicasState.enumerated() {
                let name = "s-\(group)-prefill-\(index)-0"
                state.pods[name] = "nc".contains(letter) ? rolled.pods[name] : old[name]
                if letter == "x" || letter == "c" { state.run([name], ready: false) }
                if letter == "d" { state.terminate(name) }
            }
        }
        let living = Set(state.living)
        state.step()
        for group in 0..<2 {
            let taken = (0..<row.replicas).filter { index in
                let name = "s-\(group)-prefill-\(index)-0"
                return living.contains(name) && state.pods[name]?.object.isBeingDeleted == true
            }
            #expect(taken == row.taken, "group \(group)")
            #expect(state.pods["s-\(group)-decode-0-0"]?.object.isBeingDeleted == false)
        }
    }
}

extension PlanState {
    /// What this comes to when all of it may be replaced at once and everything starts.
    func rolledOut() throws -> PlanState {
        var state = self
        try state.edit { json in
            json[path: "spec", "rolloutStrategy", "rollingUpdateConfiguration", "partition"] = nil
        }
        for index in state.serving.spec.template.roles.indices { try state.editRole(index) { $0["partition"] = nil } }
        state.settle(rounds: 100)
        return state
    }
}
