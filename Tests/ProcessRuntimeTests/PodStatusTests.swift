import JSONValues
import KubernetesAPI
import Manifests
import ProcessRuntime
import Testing

struct PodStatusTests {
    private static let facts = PodFacts(podIP: "127.64.0.7", startTime: Script.time(0))

    private func condition(_ status: JSONValue, _ type: String) -> JSONValue? {
        status["conditions"]?.elements.first { $0["type"]?.string == type }
    }

    @Test func `why a container could not start stands until it did`() throws {
        var pod = try Script("{spec: {containers: [{name: a}]}}")
        func waiting() -> JSONValue? {
            pod.machine.status(after: [:], facts: Self.facts, at: Script.time(0))["containerStatuses"]?[0]?[
                path: "state", "waiting"]
        }
        _ = pod.at(0)
        #expect(waiting() == ["reason": "ContainerCreating"])
        _ = pod.at(1, .notStarted("a", attempt: 0, reason: "ImageNotMapped", message: "add it"))
        let refusal: JSONValue = ["reason": "ImageNotMapped", "message": "add it"]
        #expect(waiting() == refusal)
        #expect(pod.at(6) == [.start("a", attempt: 0, failures: 0)])
        #expect(waiting() == refusal)
        _ = pod.started("a", 0, at: 7)
        #expect(waiting() == nil)
    }

    @Test func `the status follows a pod from waiting to ready as the kubelet writes it`() throws {
        var pod = try Script(
            """
            {metadata: {name: p, namespace: n, uid: u}, spec: {initContainers: [{name: i, image: busybox}],
              containers: [{name: a, image: busybox:1, resources: {limits: {cpu: 1, memory: 1Gi}}}]}}
            """)
        _ = pod.at(0)
        var status = pod.machine.status(after: [:], facts: Self.facts, at: Script.time(0))
        #expect(status["phase"] == "Pending")
        #expect(status["qosClass"] == "Burstable")
        #expect(status["podIP"] == "127.64.0.7")
        #expect(status["podIPs"] == [["ip": "127.64.0.7"]])
        #expect(status["hostIP"] == "127.0.0.1")
        #expect(
            status["initContainerStatuses"]?[0]?[path: "state", "waiting", "reason"] == "ContainerCreating")
        #expect(status["containerStatuses"]?[0]?[path: "state", "waiting", "reason"] == "PodInitializing")
        #expect(condition(status, "Initialized")?["status"] == "False")
        #expect(condition(status, "Ready")?["reason"] == "ContainersNotReady")

        _ = pod.started("i", 0, at: 1)
        _ = pod.exited("i", 0, code: 0, from: 1, at: 2)
        _ = pod.started("a", 0, at: 3)
        status = pod.machine.status(after: status, facts: Self.facts, at: Script.time(3))
        #expect(status["phase"] == "Running")
        let container = try #require(status["containerStatuses"]?[0])
        #expect(container["ready"] == true && container["started"] == true && container["restartCount"] == 0)
        #expect(container[path: "state", "running", "startedAt"] == .string(Script.time(3).description))
        #expect(container["containerID"] == "martlet://u/a/0")
        #expect(container["lastState"] == [:])
        let ready = try #require(condition(status, "Ready"))
        #expect(ready["lastTransitionTime"] == .string(Script.time(3).description))
        #expect(
            status["initContainerStatuses"]?[0]?[path: "state", "terminated", "reason"] == "Completed")

        let later = pod.machine.status(after: status, facts: Self.facts, at: Script.time(60))
        #expect(later == status, "nothing happened, nothing changes")
    }

    @Test func `a container between two runs shows why it waits and how it ended`() throws {
        var pod = try Script("{metadata: {name: p, namespace: n, uid: u}, spec: {containers: [{name: a}]}}")
        _ = pod.at(0)
        for attempt in 0..<2 {
            _ = pod.started("a", attempt, at: Double(attempt))
            _ = pod.exited("a", attempt, code: 3, from: Double(attempt), at: Double(attempt) + 1)
        }
        let status = pod.machine.status(after: [:], facts: Self.facts, at: Script.time(2))
        let container = try #require(status["containerStatuses"]?[0])
        #expect(container[path: "state", "waiting", "reason"] == "CrashLoopBackOff")
        #expect(
            container[path: "state", "waiting", "message"]
                == "back-off 10s restarting failed container=a pod=p_n(u)")
        #expect(container[path: "lastState", "terminated", "exitCode"] == 3)
        #expect(container["restartCount"] == 1)
        #expect(status["phase"] == "Running")
    }

    @Test func `conditions that others wrote stay, and ours keep their times`() throws {
        var pod = try Script("{metadata: {uid: u}, spec: {containers: [{name: a}]}}")
        _ = pod.at(0)
        let scheduled: JSONValue = [
            "type": "PodScheduled", "status": "True", "lastTransitionTime": "2020-01-01T00:00:00Z",
        ]
        let foreign: JSONValue = ["type": "example.org/gate", "status": "False"]
        let status = pod.machine.status(
            after: ["conditions": [scheduled, foreign], "nominatedNodeName": "x"], facts: Self.facts,
            at: Script.time(1))
        #expect(condition(status, "PodScheduled")?["lastTransitionTime"] == "2020-01-01T00:00:00Z")
        #expect(condition(status, "example.org/gate") == foreign)
        #expect(status["nominatedNodeName"] == "x")
    }

    @Test(arguments: [
        ("{}", "BestEffort"), ("{requests: {cpu: 1}}", "Burstable"), ("{limits: {cpu: 1, memory: 1}}", "Guaranteed"),
        ("{limits: {cpu: 1, memory: 1}, requests: {cpu: 1, memory: 1}}", "Guaranteed"),
        ("{limits: {cpu: 1, memory: 2}, requests: {memory: 1}}", "Burstable"),
        ("{limits: {nvidia.com/gpu: 8}}", "BestEffort"),
    ])
    func `quality of service follows cpu and memory`(resources: String, expected: String) throws {
        let pod = try Script("{spec: {containers: [{name: a, resources: \(resources)}]}}")
        #expect(pod.machine.plan.qualityOfService == expected)
    }
}
