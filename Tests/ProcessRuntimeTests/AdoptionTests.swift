import ContainerShim
import Glibc
import JSONValues
import KubernetesAPI
import ProcessRuntime
import Synchronization
import Testing

/// An agent that is killed and comes back.
struct AdoptionTests {
    private static let spec = """
        containers:
        - {name: c, image: busybox, command: [sh, -c, "sleep 1000 & wait"],
           readinessProbe: {exec: {command: ["true"]}, periodSeconds: 1}}
        """

    @Test func `a new runtime takes the same processes over and doubles none`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod("a", Self.spec)
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("ready") { harness.isReady("a") }
            }
            let before = try #require(harness.process(pod, "c"))
            let processes = Set(Harness.processes(of: pod))
            let status = harness.status("a")
            #expect(before.program.isAlive && before.shim.isAlive, "containers outlive the agent")
            harness.world.withLock { $0.statuses = [:] }
            try await harness.withRuntime { runtime in
                var known = pod
                known.object.status = status
                runtime.sync(pods: [known])
                // The new runtime works: it starts another pod.
                runtime.sync(pods: [known, try Harness.pod("b", Self.spec)])
                try await harness.until("the other pod") { harness.isReady("b") }
                #expect(harness.process(pod, "c") == before)
                #expect(Set(Harness.processes(of: pod)).isSubset(of: processes))
                #expect(harness.status("a") == .null, "nothing changed, nothing is written")
                kill(before.program.pid, SIGKILL)
                try await harness.until("restart") {
                    harness.container("a")["restartCount"] == 1 && harness.isReady("a")
                }
                #expect(harness.container("a")[path: "lastState", "terminated", "exitCode"] == 137)
            }
        }
    }

    @Test func `an end while nobody watched is seen afterwards`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod(
                "a",
                """
                restartPolicy: Never
                volumes: [{name: v, hostPath: {path: \(harness.folder)}}]
                containers:
                - {name: c, image: busybox, command: [sh, -c, "until [ -e /v/go ]; do sleep 0.05; done; exit 7"],
                   volumeMounts: [{name: v, mountPath: /v}]}
                """)
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("ready") { harness.isReady("a") }
            }
            let before = try #require(harness.process(pod, "c"))
            try harness.write("go", "")
            try await harness.until("end") { !before.shim.isAlive }
            try await harness.withRuntime { _ in
                // Without any word from the API server.
                try await harness.until("failed") { harness.status("a")["phase"] == "Failed" }
                #expect(harness.container("a")[path: "state", "terminated", "exitCode"] == 7)
            }
        }
    }

    @Test func `a killed shim takes its container along and is reported`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod(
                "a", "containers: [{name: c, image: busybox, command: [sh, -c, '(setsid sleep 1000 &); sleep 1000']}]")
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("ready") { harness.isReady("a") && Harness.processes(of: pod).count >= 3 }
                let before = try #require(harness.process(pod, "c"))
                let processes = Harness.processes(of: pod)
                kill(before.shim.pid, SIGKILL)
                try await harness.until("restart") {
                    harness.container("a")["restartCount"] == 1 && harness.isReady("a")
                }
                #expect(harness.container("a")[path: "lastState", "terminated", "reason"] == "ContainerStatusUnknown")
                try await harness.until("no process of the old run") {
                    !processes.contains { Harness.processes(of: pod).contains($0) }
                }
            }
        }
    }

    @Test func `a half-made attempt is started, not doubled`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod("a", Self.spec)
            let state = StateDirectory(harness.folder + "/state")
            // What is on disk when the agent dies between writing the plan and starting the shim.
            let attempt = state.attempt(pod.uid, "c", 0)
            try Folder.make(attempt.work)
            try StateFile.replace(attempt.launch, with: ["arguments": ["false"], "isolation": "none"])
            let record = PodRecord(pod: pod, address: "127.64.3.4", startTime: Timestamp(microseconds: 0))
            try StateFile.replace(state.record(pod.uid), with: record.json)
            try await harness.withRuntime { _ in
                try await harness.until("ready") { harness.isReady("a") }
                #expect(harness.container("a")["restartCount"] == 0)
                #expect(harness.status("a")["podIP"] == "127.64.3.4")
            }
        }
    }

    @Test func `a pod deleted while the agent was away is stopped on return`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod("a", Self.spec)
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("ready") { harness.isReady("a") }
            }
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod.deleted(grace: 5)])
                try await harness.until("finished") { harness.world.withLock { $0.finished.contains("a") } }
                #expect(Harness.processes(of: pod) == [])
            }
        }
    }

    @Test func `two runtimes do not share a state directory`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod("a", Self.spec)
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("the first runs") { harness.isReady("a") }
                let second = try harness.makeRuntime(harness.configuration())
                await #expect(throws: RuntimeError.self) { try await second.run() }
            }
        }
    }
}
