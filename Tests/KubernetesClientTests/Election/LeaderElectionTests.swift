import JSONValues
import KubernetesAPI
import KubernetesClient
import Observability
import ServiceLifecycle
import Testing

/// Elections against a whole API server, the embedded or a real one.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LeaderElectionTests {
    private static func lease(_ cluster: TestCluster) async throws -> JSONValue {
        try await cluster.client.get(.lease, namespace: cluster.namespace, name: "lead").spec
    }

    @Test func `one of two leads, and where it stops the other does at once`() async throws {
        try await TestCluster.run { cluster in
            let record = Record()
            // The duration is far longer than this test: only a lease that was released can be taken.
            let timing = LeaseTiming(
                duration: .seconds(600), renewDeadline: .seconds(10), retryPeriod: .milliseconds(200))
            let first = try Candidate("a", cluster, timing: timing, record)
            let second = try Candidate("b", cluster, timing: timing, record)
            try await Candidate.run([first]) {
                try await record.wait(for: "a+")
                #expect(first.election.isLeader && first.metrics.text().contains("status{name=\"lead\"} 1"))
                try await Candidate.run([second]) {
                    while second.election.holder != "a" { try await Task.sleep(for: .milliseconds(5)) }
                    #expect(!second.election.isLeader && second.metrics.text().contains("status{name=\"lead\"} 0"))
                    await first.stop()
                    let ended = try await record.wait(for: "a's base -")
                    let began = try await record.wait(for: "b+")
                    #expect(began - ended < .seconds(5))
                }
            }
            // Services begin side by side and end one after the other.
            #expect(Set(record.words.prefix(2)) == ["a's base +", "a+"])
            #expect(record.words[2...3] == ["a-", "a's base -"] && record.words.suffix(2) == ["b-", "b's base -"])
            let lease = try await Self.lease(cluster)
            #expect(lease["holderIdentity"]?.string ?? "" == "" && lease["leaseTransitions"] == 1)
        }
    }

    @Test(arguments: [Relay.Mode.silent, .closed])
    func `a leader that is cut off ends its work before another begins`(mode: Relay.Mode) async throws {
        try await TestCluster.run { cluster in
            try await Relay.run(to: cluster.port) { relay, port in
                let record = Record()
                let cut = try Candidate("a", cluster, port: port, record)
                let other = try Candidate("b", cluster, record)
                try await Candidate.run([cut]) {
                    try await record.wait(for: "a+")
                    try await Candidate.run([other]) {
                        let start = ContinuousClock.now
                        relay.mode = mode
                        let ended = try await record.wait(for: "a-")
                        #expect(ended - start < Candidate.timing.renewDeadline + .milliseconds(500))
                        let began = try await record.wait(for: "b+")
                        #expect(began > ended)
                        #expect(!cut.election.isLeader)
                        // Back again it follows, and leads once more when the other stops.
                        relay.mode = .open
                        while cut.election.holder != "b" { try await Task.sleep(for: .milliseconds(5)) }
                    }
                    try await record.wait(for: "a+", count: 2)
                }
                #expect(record.words.filter { !$0.contains("base") } == ["a+", "a-", "b+", "b-", "a+", "a-"])
            }
        }
    }

    @Test func `a leader that vanished is followed when its lease is over`() async throws {
        try await TestCluster.run { cluster in
            let record = Record()
            let gone = try Candidate("a", cluster, record)
            try await Self.cancelled(gone) { try await record.wait(for: "a+") }
            let ended = try await record.wait(for: "a-")
            let other = try Candidate("b", cluster, record)
            try await Candidate.run([other]) {
                let began = try await record.wait(for: "b+")
                #expect(began - ended > .seconds(2))
            }
        }
    }

    /// Runs a candidate until `body` is over, then ends it without a word to anybody.
    private static func cancelled(_ candidate: Candidate, _ body: () async throws -> Void) async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await candidate.run() }
            try? await body()
            group.cancelAll()
        }
    }

    @Test func `the lease is kept until the last of the work is done, in reverse order`() async throws {
        try await TestCluster.run { cluster in
            let record = Record()
            let slow = try Candidate("a", cluster, record) { worker in
                worker.atShutdown = {
                    record.add("a draining")
                    // Longer than the deadline: without renewals the lease would be lost.
                    try await Task.sleep(for: Candidate.timing.renewDeadline + .seconds(1))
                    let holder = try await Self.lease(cluster)["holderIdentity"]?.string
                    record.add("held by \(holder ?? "nobody")")
                }
            }
            let other = try Candidate("b", cluster, record)
            try await Candidate.run([slow]) {
                try await record.wait(for: "a+")
                try await Candidate.run([other]) {
                    await slow.stop()
                    try await record.wait(for: "b+")
                    #expect(
                        record.words.prefix(6).suffix(4) == ["a draining", "held by a", "a-", "a's base -"])
                }
            }
        }
    }

    @Test func `a service that fails ends the election after the lease is released`() async throws {
        try await TestCluster.run { cluster in
            let record = Record()
            let candidate = try Candidate("a", cluster, record) { $0.failure = {} }
            await #expect(throws: Worker.Failure.self) { try await candidate.run() }
            #expect(try await Self.lease(cluster)["holderIdentity"]?.string ?? "" == "")
            #expect(!candidate.election.isLeader)
        }
    }

    @Test func `a lease that somebody gives to another is let go, one that is deleted is made anew`() async throws {
        try await TestCluster.run { cluster in
            let record = Record()
            let candidate = try Candidate("a", cluster, record)
            try await Candidate.run([candidate]) {
                try await record.wait(for: "a+")
                try await cluster.client.delete(.lease, namespace: cluster.namespace, name: "lead")
                while (try? await Self.lease(cluster)["holderIdentity"]) != "a" {
                    try await Task.sleep(for: .milliseconds(5))
                }
                #expect(!record.words.contains("a-"))
                _ = try await cluster.client.patch(
                    .lease, namespace: cluster.namespace, name: "lead",
                    .merge(["spec": ["holderIdentity": "somebody", "leaseDurationSeconds": 3]]))
                try await record.wait(for: "a-")
                try await record.wait(for: "a+", count: 2)
            }
        }
    }

    @Test func `a follower, and one that reaches no server, stop at once`() async throws {
        try await TestCluster.run { cluster in
            let record = Record()
            let leader = try Candidate("a", cluster, record)
            let follower = try Candidate("b", cluster, record)
            let lost = try Candidate("c", cluster, port: 1, record)
            try await Candidate.run([leader]) {
                try await record.wait(for: "a+")
                let start = ContinuousClock.now
                try await Candidate.run([follower, lost]) {
                    while follower.election.holder != "a" { try await Task.sleep(for: .milliseconds(5)) }
                }
                #expect(ContinuousClock.now - start < .seconds(5))
            }
            #expect(!record.words.contains { $0.hasPrefix("b") || $0.hasPrefix("c") })
        }
    }
}
