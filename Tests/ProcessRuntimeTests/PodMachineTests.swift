import ContainerShim
import KubernetesAPI
import Manifests
import ProcessRuntime
import Testing

/// A pod's machine driven by a script; times are seconds since the start.
struct Script {
    var machine: PodMachine
    private(set) var now = 0.0

    init(_ yaml: String) throws {
        let pod = Pod(KubernetesObject(try Manifest.document(yaml, source: "test")))
        machine = PodMachine(
            PodPlan(pod), backoff: Backoff(base: .seconds(10), cap: .seconds(40)), retryAfter: .seconds(5))
    }

    static func time(_ seconds: Double) -> Timestamp { Timestamp(secondsSince1970: 1_000 + seconds) }

    /// Goes to a time and takes an event.
    mutating func at(_ seconds: Double, _ event: PodEvent = .tick) -> [PodAction] {
        now = seconds
        // What is told to people is another test's matter.
        return machine.handle(event, at: Script.time(seconds)).filter {
            if case .tell = $0 { false } else { true }
        }
    }

    mutating func started(_ name: String, _ attempt: Int, at seconds: Double) -> [PodAction] {
        at(seconds, .started(name, attempt: attempt, at: Script.time(seconds)))
    }

    mutating func exited(_ name: String, _ attempt: Int, code: Int, from: Double, at seconds: Double) -> [PodAction] {
        let exit = ExitRecord(
            code: code, reason: code == 0 ? "Completed" : "Error", startedAt: Script.time(from),
            finishedAt: Script.time(seconds))
        return at(seconds, .exited(name, attempt: attempt, exit))
    }

    var deadline: Double? { machine.deadline.map { $0.secondsSince1970 - 1_000 } }
}

struct PodMachineTests {
    @Test func `init containers run one after another, then the others together`() throws {
        var pod = try Script("{spec: {initContainers: [{name: i}, {name: j}], containers: [{name: a}, {name: b}]}}")
        #expect(pod.at(0) == [.start("i", attempt: 0, failures: 0)])
        #expect(pod.started("i", 0, at: 1) == [])
        #expect(pod.exited("i", 0, code: 0, from: 1, at: 2) == [.start("j", attempt: 0, failures: 0)])
        #expect(pod.machine.phase == .pending)
        _ = pod.started("j", 0, at: 3)
        #expect(
            pod.exited("j", 0, code: 0, from: 3, at: 4)
                == [.start("a", attempt: 0, failures: 0), .start("b", attempt: 0, failures: 0)])
        _ = pod.started("a", 0, at: 5)
        #expect(pod.machine.phase == .pending)
        _ = pod.started("b", 0, at: 5)
        #expect(pod.machine.phase == .running)
    }

    @Test func `an init container that fails is tried again with back-off`() throws {
        var pod = try Script("{spec: {initContainers: [{name: i}], containers: [{name: a}]}}")
        _ = pod.at(0)
        _ = pod.started("i", 0, at: 0)
        #expect(pod.exited("i", 0, code: 1, from: 0, at: 1) == [.start("i", attempt: 1, failures: 1)])
        _ = pod.started("i", 1, at: 1)
        #expect(pod.exited("i", 1, code: 1, from: 1, at: 2) == [])
        #expect(pod.deadline == 12)
        #expect(pod.at(11.9) == [])
        #expect(pod.at(12) == [.start("i", attempt: 2, failures: 2)])
    }

    struct End: Sendable, CustomTestStringConvertible {
        var policy: String
        var code: Int
        var restarts: Bool
        var phase: Pod.Phase
        var testDescription: String { "\(policy), exit \(code)" }
    }

    static let ends = [
        End(policy: "Always", code: 0, restarts: true, phase: .pending),
        End(policy: "Always", code: 1, restarts: true, phase: .pending),
        End(policy: "OnFailure", code: 0, restarts: false, phase: .succeeded),
        End(policy: "OnFailure", code: 1, restarts: true, phase: .pending),
        End(policy: "Never", code: 0, restarts: false, phase: .succeeded),
        End(policy: "Never", code: 1, restarts: false, phase: .failed),
    ]

    @Test(arguments: ends)
    func `the restart policy decides after an exit`(end: End) throws {
        var pod = try Script("{spec: {restartPolicy: \(end.policy), containers: [{name: a}]}}")
        _ = pod.at(0)
        _ = pod.started("a", 0, at: 0)
        let actions = pod.exited("a", 0, code: end.code, from: 0, at: 1)
        #expect(actions == (end.restarts ? [.start("a", attempt: 1, failures: 1)] : []))
        if !end.restarts { #expect(pod.machine.phase == end.phase) }
    }

    @Test func `back-off doubles to its cap and a long run resets it`() throws {
        var pod = try Script("{spec: {containers: [{name: a}]}}")
        _ = pod.at(0)
        var (now, waits) = (0.0, [Double]())
        for attempt in 0..<6 {
            _ = pod.started("a", attempt, at: now)
            _ = pod.exited("a", attempt, code: 1, from: now, at: now + 1)
            let due = attempt == 0 ? now + 1 : try #require(pod.deadline)
            waits.append(due - now - 1)
            now = due
            _ = pod.at(now)
        }
        #expect(waits == [0, 10, 20, 40, 40, 40])
        _ = pod.started("a", 6, at: now)
        #expect(
            pod.exited("a", 6, code: 1, from: now, at: now + 601) == [.start("a", attempt: 7, failures: 1)])
    }

    @Test func `a start that fails is tried again later, or at once on a hint`() throws {
        var pod = try Script("{spec: {containers: [{name: a}]}}")
        _ = pod.at(0)
        let refused = PodEvent.notStarted("a", attempt: 0, reason: "ImageNotMapped", message: "add it")
        #expect(pod.at(1, refused) == [])
        #expect(pod.deadline == 6)
        #expect(pod.at(5.9) == [])
        #expect(pod.at(6) == [.start("a", attempt: 0, failures: 0)])
        _ = pod.at(7, refused)
        #expect(pod.at(8, .retry) == [.start("a", attempt: 0, failures: 0)])
    }

    @Test func `a stop runs the hook, then SIGTERM, then SIGKILL at the end of the grace`() throws {
        let yaml = """
            {spec: {terminationGracePeriodSeconds: 20, containers: [{name: a,
              lifecycle: {preStop: {exec: {command: [x]}}}}, {name: b}]}}
            """
        var pod = try Script(yaml)
        _ = pod.at(0)
        _ = pod.started("a", 0, at: 0)
        _ = pod.started("b", 0, at: 0)
        #expect(pod.at(10, .stop(grace: .seconds(20))) == [.preStop("a", attempt: 0), .terminate("b", attempt: 0)])
        #expect(pod.exited("b", 0, code: 143, from: 0, at: 11) == [])
        #expect(pod.at(15, .preStopDone("a", attempt: 0)) == [.terminate("a", attempt: 0)])
        #expect(pod.deadline == 30)
        #expect(pod.at(30) == [.kill("a", attempt: 0)])
        #expect(pod.exited("a", 0, code: 137, from: 0, at: 31) == [.finished])
        #expect(pod.at(40) == [])
        #expect(pod.machine.phase == .failed)
    }

    @Test func `a hook that outlasts the grace leaves two seconds`() throws {
        var pod = try Script(
            "{spec: {containers: [{name: a, lifecycle: {preStop: {exec: {command: [x]}}}}]}}")
        _ = pod.at(0)
        _ = pod.started("a", 0, at: 0)
        _ = pod.at(0, .stop(grace: .seconds(5)))
        #expect(pod.at(5) == [.terminate("a", attempt: 0)])
        #expect(pod.deadline == 7)
        #expect(pod.at(7) == [.kill("a", attempt: 0)])
    }

    @Test func `a shorter grace hastens a stop, a longer one does not delay it`() throws {
        var pod = try Script("{spec: {containers: [{name: a}]}}")
        _ = pod.at(0)
        _ = pod.started("a", 0, at: 0)
        _ = pod.at(0, .stop(grace: .seconds(30)))
        #expect(pod.at(1, .stop(grace: .seconds(60))) == [])
        #expect(pod.deadline == 30)
        #expect(pod.at(2, .stop(grace: .zero)) == [.kill("a", attempt: 0)])
    }

    @Test func `a stop before or during a start ends with nothing running`() throws {
        var early = try Script("{spec: {containers: [{name: a}]}}")
        #expect(early.at(0, .stop(grace: .seconds(5))) == [.finished])
        var during = try Script("{spec: {containers: [{name: a}]}}")
        _ = during.at(0)
        #expect(during.at(1, .stop(grace: .seconds(5))) == [])
        #expect(during.started("a", 0, at: 2) == [.terminate("a", attempt: 0)])
        #expect(during.deadline == 6)
    }

    @Test func `an event of another attempt changes nothing`() throws {
        var pod = try Script("{spec: {containers: [{name: a}]}}")
        _ = pod.at(0)
        _ = pod.started("a", 0, at: 0)
        #expect(pod.exited("a", 3, code: 1, from: 0, at: 1) == [])
        #expect(pod.machine.containers[0].isRunning)
    }
}
