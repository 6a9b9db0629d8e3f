import Manifests
import ProcessRuntime
import Testing

struct ProbeTests {
    private func probed(_ kind: ProbeKind, _ succeeded: Bool) -> PodEvent {
        .probed("a", kind, attempt: 0, succeeded: succeeded, message: "")
    }

    @Test func `readiness waits its delay, then follows the thresholds`() throws {
        var pod = try Script(
            """
            {spec: {containers: [{name: a, readinessProbe: {tcpSocket: {port: 80}, initialDelaySeconds: 15,
              periodSeconds: 5, failureThreshold: 2}}]}}
            """)
        _ = pod.at(0)
        _ = pod.started("a", 0, at: 0)
        #expect(pod.deadline == 15)
        #expect(pod.at(15) == [.probe("a", .readiness, attempt: 0)])
        #expect(pod.at(21) == [], "one probe at a time")
        _ = pod.at(22, probed(.readiness, true))
        #expect(pod.machine.containers[0].isReady)
        _ = pod.at(27, probed(.readiness, false))
        #expect(pod.machine.containers[0].isReady)
        #expect(pod.at(32, probed(.readiness, false)) == [.probe("a", .readiness, attempt: 0)])
        #expect(!pod.machine.containers[0].isReady)
        #expect(pod.machine.containers[0].isRunning, "readiness never restarts")
    }

    @Test func `startup holds the others back, and its failure restarts`() throws {
        let yaml = """
            {spec: {terminationGracePeriodSeconds: 7, containers: [{name: a,
              startupProbe: {exec: {command: [x]}, periodSeconds: 2, failureThreshold: 3},
              livenessProbe: {exec: {command: [y]}}}]}}
            """
        var pod = try Script(yaml)
        _ = pod.at(0)
        #expect(pod.started("a", 0, at: 0) == [.probe("a", .startup, attempt: 0)])
        #expect(!pod.machine.containers[0].isStarted)
        var well = pod
        #expect(well.at(1, probed(.startup, true)) == [.probe("a", .liveness, attempt: 0)])
        #expect(well.machine.containers[0].isReady)
        _ = pod.at(1, probed(.startup, false))
        _ = pod.at(3, probed(.startup, false))
        #expect(pod.at(5, probed(.startup, false)) == [.terminate("a", attempt: 0)])
        #expect(pod.deadline == 12)
        #expect(pod.exited("a", 0, code: 143, from: 0, at: 6) == [.start("a", attempt: 1, failures: 1)])
    }

    @Test func `liveness has its own grace where it says so`() throws {
        var pod = try Script(
            """
            {spec: {containers: [{name: a, livenessProbe: {exec: {command: [y]}, failureThreshold: 1,
              terminationGracePeriodSeconds: 1}}]}}
            """)
        _ = pod.at(0)
        _ = pod.started("a", 0, at: 0)
        #expect(pod.at(1, probed(.liveness, false)) == [.terminate("a", attempt: 0)])
        #expect(pod.at(2) == [.kill("a", attempt: 0)])
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var yaml: String
        var check: ProbeCheck?
        var testDescription: String { yaml }
    }

    static let rows = [
        Row(
            yaml: "{httpGet: {path: health, port: web, scheme: HTTPS, httpHeaders: [{name: A, value: b}]}}",
            check: .http(scheme: "https", host: nil, port: 8000, path: "/health", headers: [["A", "b"]])),
        Row(yaml: "{httpGet: {port: 1}}", check: .http(scheme: "http", host: nil, port: 1, path: "/", headers: [])),
        Row(yaml: "{tcpSocket: {port: '81', host: h}}", check: .tcp(host: "h", port: 81)),
        Row(yaml: "{exec: {command: [a, b]}}", check: .exec(["a", "b"])),
        Row(yaml: "{sleep: {seconds: 3}}", check: .sleep(seconds: 3)),
        Row(yaml: "{tcpSocket: {port: nowhere}}", check: nil),
        Row(yaml: "{grpc: {port: 1}}", check: nil),
    ]

    @Test(arguments: rows)
    func `a handler is read with its named ports`(row: Row) throws {
        #expect(ProbeCheck(try Manifest.document(row.yaml, source: "test"), ports: ["web": 8000]) == row.check)
    }
}
