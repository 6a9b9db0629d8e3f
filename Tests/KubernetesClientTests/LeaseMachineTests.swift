import JSONValues
import KubernetesAPI
import KubernetesClient
import Testing

@Suite struct LeaseMachineTests {
    private static let wall = Timestamp(secondsSince1970: 1_700_000_000)

    /// A lease as the server gives it.
    private static func lease(
        _ holder: String?, seconds: Int? = 15, renewed: Int = 0, transitions: Int? = 3, version: String = "1"
    ) -> KubernetesObject {
        var object = KubernetesObject(.lease, namespace: "dev", name: "l")
        object.json[path: "metadata", "resourceVersion"] = .string(version)
        object.spec = .members([
            "holderIdentity": holder.map { .string($0) }, "leaseDurationSeconds": seconds.map { JSONValue($0) },
            "acquireTime": "2020-01-01T00:00:00.000000Z",
            "renewTime": .string((wall + .seconds(renewed)).microText),
            "leaseTransitions": transitions.map { JSONValue($0) },
        ])
        return object
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// What is seen, and when, in seconds.
        var sights: [(at: Int, lease: KubernetesObject?)]
        var askedAt: Int
        /// Nil for waiting; else the transitions that are written.
        var transitions: Int?
        var isCreation = false
    }

    static let rows: [Row] = [
        Row(testDescription: "no lease", sights: [(0, nil)], askedAt: 0, transitions: 0, isCreation: true),
        Row(testDescription: "another's, just seen", sights: [(0, lease("b"))], askedAt: 0, transitions: nil),
        Row(testDescription: "another's, for less", sights: [(0, lease("b"))], askedAt: 14, transitions: nil),
        Row(testDescription: "another's, silent", sights: [(0, lease("b"))], askedAt: 15, transitions: 4),
        Row(
            testDescription: "another's, renewed meanwhile",
            sights: [(0, lease("b")), (10, lease("b", renewed: 10, version: "2"))], askedAt: 24, transitions: nil),
        Row(
            testDescription: "another's, then silent",
            sights: [(0, lease("b")), (10, lease("b", renewed: 10, version: "2"))], askedAt: 25, transitions: 4),
        Row(
            testDescription: "only an annotation changed", sights: [(0, lease("b")), (10, lease("b", version: "2"))],
            askedAt: 15, transitions: 4),
        Row(
            testDescription: "its times are long past, which says nothing", sights: [(0, lease("b", renewed: -9999))],
            askedAt: 1, transitions: nil),
        Row(
            testDescription: "its times are in the future, which says nothing",
            sights: [(0, lease("b", renewed: 9999))],
            askedAt: 15, transitions: 4),
        Row(testDescription: "released", sights: [(0, lease("", seconds: 1))], askedAt: 0, transitions: 4),
        Row(testDescription: "without a holder", sights: [(0, lease(nil))], askedAt: 0, transitions: 4),
        Row(
            testDescription: "made by hand, empty", sights: [(0, lease(nil, seconds: nil, transitions: nil))],
            askedAt: 0, transitions: 1),
        Row(testDescription: "without a duration", sights: [(0, lease("b", seconds: nil))], askedAt: 0, transitions: 4),
        Row(
            testDescription: "with a negative duration", sights: [(0, lease("b", seconds: -5))], askedAt: 0,
            transitions: 4),
        Row(testDescription: "one's own", sights: [(0, lease("a"))], askedAt: 0, transitions: 3),
        Row(
            testDescription: "deleted meanwhile", sights: [(0, lease("b")), (3, nil)], askedAt: 3, transitions: 0,
            isCreation: true),
        Row(
            testDescription: "deleted and made anew by another",
            sights: [(0, lease("b")), (3, nil), (14, lease("b", version: "9"))], askedAt: 20, transitions: nil),
    ]

    @Test(arguments: rows) func `who may lead`(row: Row) {
        var machine = LeaseMachine(identity: "a")
        for sight in row.sights { machine.see(sight.lease, at: .seconds(sight.at)) }
        let step = machine.next(at: .seconds(row.askedAt), wall: Self.wall)
        guard let transitions = row.transitions else {
            #expect(step == .wait)
            #expect(!machine.mayHold)
            return
        }
        let isOwn = row.sights.last?.lease?.spec["holderIdentity"] == "a"
        let spec: JSONValue = [
            "holderIdentity": "a", "leaseDurationSeconds": 15,
            "acquireTime": isOwn ? "2020-01-01T00:00:00.000000Z" : "2023-11-14T22:13:20.000000Z",
            "renewTime": "2023-11-14T22:13:20.000000Z", "leaseTransitions": JSONValue(transitions),
        ]
        #expect(step == (row.isCreation ? .create(spec: spec) : .replace(spec: spec)))
        #expect(machine.mayHold)
    }

    @Test func `only one's own lease is released, for others to take at once`() {
        var machine = LeaseMachine(identity: "a")
        #expect(machine.released(wall: Self.wall) == nil)
        machine.see(Self.lease("b"), at: .zero)
        #expect(machine.released(wall: Self.wall) == nil)
        machine.see(Self.lease("a"), at: .zero)
        var lease = Self.lease("a", version: "2")
        lease.spec = machine.released(wall: Self.wall) ?? .null
        var other = LeaseMachine(identity: "b")
        other.see(lease, at: .zero)
        #expect(other.next(at: .zero, wall: Self.wall) != .wait)
        #expect(lease.spec["leaseTransitions"] == 3)
    }

    @Test func `a write whose fate is not known may have made one the holder`() {
        var machine = LeaseMachine(identity: "a")
        machine.see(nil, at: .zero)
        #expect(!machine.mayHold)
        _ = machine.next(at: .zero, wall: Self.wall)
        #expect(machine.mayHold)
        machine.see(Self.lease("b"), at: .seconds(1))
        #expect(!machine.mayHold)
        machine.see(Self.lease("a", version: "2"), at: .seconds(2))
        #expect(machine.mayHold)
        machine.see(Self.lease("", version: "3"), at: .seconds(3))
        #expect(!machine.mayHold)
    }

    static let timings: [(LeaseTimes, String?)] = [
        (LeaseTimes(15_000, 10_000, 2_000), nil), (LeaseTimes(10_000, 10_000, 2_000), "the lease duration"),
        (LeaseTimes(15_000, 2_400, 2_000), "the renew deadline"), (LeaseTimes(15_000, 2_401, 2_000), nil),
        (LeaseTimes(15_000, 10_000, 0), "the retry period"),
    ]

    struct LeaseTimes: Sendable {
        var duration: Duration
        var deadline: Duration
        var period: Duration

        init(_ duration: Int, _ deadline: Int, _ period: Int) {
            self.duration = .milliseconds(duration)
            self.deadline = .milliseconds(deadline)
            self.period = .milliseconds(period)
        }
    }

    @Test(arguments: timings) func `times that do not go together are named`(times: LeaseTimes, problem: String?) {
        let found = LeaseTiming.problem(
            duration: times.duration, renewDeadline: times.deadline, retryPeriod: times.period)
        #expect(problem.map { found?.hasPrefix($0) == true } ?? (found == nil))
    }

    @Test func `others wait at least as long as the holder thinks`() {
        var machine = LeaseMachine(
            identity: "a",
            timing: LeaseTiming(
                duration: .milliseconds(1_500), renewDeadline: .seconds(1), retryPeriod: .milliseconds(100)))
        machine.see(nil, at: .zero)
        guard case .create(let spec) = machine.next(at: .zero, wall: Self.wall) else { return #expect(Bool(false)) }
        #expect(spec["leaseDurationSeconds"] == 2)
    }
}
