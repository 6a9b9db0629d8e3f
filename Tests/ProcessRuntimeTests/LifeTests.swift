import ContainerShim
import Glibc
import JSONValues
import KubernetesAPI
import Observability
import ProcessRuntime
import Synchronization
import Testing

/// Pods as real processes, from start to nothing left.
struct LifeTests {
    @Test func `init containers run in order before the others, with the environment of the manifest`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod(
                "a",
                """
                volumes: [{name: v, emptyDir: {}}]
                initContainers:
                - {name: one, image: busybox, command: [sh, -c, "sleep 0.2; echo one >> $HERE/f"],
                   env: [{name: HERE, value: /data}], volumeMounts: [{name: v, mountPath: /data}]}
                - {name: two, image: busybox, command: [sh, -c, "echo two >> /data/f"],
                   volumeMounts: [{name: v, mountPath: /data}]}
                containers:
                - name: main
                  image: busybox
                  command: [sh, -c, 'cat /data/f; echo "$0" "$IP" "$REAL" "$(hostname)"; exec sleep 1000']
                  args: ["$(POD).$(NS)"]
                  env:
                  - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
                  - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
                  - {name: REAL, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['huawei.com/AscendReal']"}}}
                  volumeMounts: [{name: v, mountPath: /data}]
                """)
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("ready") { harness.isReady("a") }
                let ip = try #require(harness.status("a")["podIP"]?.string)
                #expect(ip.hasPrefix("127."))
                var log = ""
                while log.split(separator: "\n").count < 3 { log = try await harness.log(runtime, "a") }
                #expect(log == "one\ntwo\na.$(NS) \(ip)  a\n")
                #expect(harness.status("a")["initContainerStatuses"]?.elements.count == 2)
            }
        }
    }

    @Test func `a container that fails comes back with back-off and shows its last end`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod(
                "a", "containers: [{name: c, image: busybox, command: [sh, -c, 'echo try; exit 3']}]")
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("three restarts") {
                    (harness.container("a")["restartCount"]?.integer ?? 0) >= 3
                }
                try await harness.until("back-off") {
                    harness.container("a")[path: "state", "waiting", "reason"] == "CrashLoopBackOff"
                }
                #expect(harness.container("a")[path: "lastState", "terminated", "exitCode"] == 3)
                #expect(try await harness.log(runtime, "a") { $0.previous = true } == "try\n")
                let state = StateDirectory(harness.folder + "/state")
                #expect(state.attempts(pod.uid, "c").count <= 2, "only the current run and the one before are kept")
            }
        }
    }

    @Test func `a stop runs the hook, asks, and leaves nothing`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod(
                "a",
                """
                volumes: [{name: out, hostPath: {path: \(harness.folder)}}, {name: shm, emptyDir: {medium: Memory}}]
                containers:
                - name: c
                  image: busybox
                  command: [sh, -c]
                  args:
                  - |
                    trap 'echo term >> /out/f; exit 0' TERM
                    (setsid sleep 1000 &)
                    echo x > /dev/shm/f
                    while :; do sleep 0.05; done
                  lifecycle: {preStop: {exec: {command: [sh, -c, "echo hook >> /out/f"]}}}
                  volumeMounts: [{name: out, mountPath: /out}, {name: shm, mountPath: /dev/shm}]
                """)
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("ready and its daemon") {
                    harness.isReady("a") && Harness.processes(of: pod).count >= 3
                }
                runtime.sync(pods: [pod.deleted(grace: 10)])
                try await harness.until("finished") { harness.world.withLock { $0.finished.contains("a") } }
                #expect(harness.read("f") == "hook\nterm\n")
                #expect(Harness.processes(of: pod) == [])
                #expect(harness.container("a")[path: "state", "terminated", "exitCode"] == 0)
                runtime.sync(pods: [])
                try await harness.until("no folder") { Folder.names(harness.folder + "/state/pods").isEmpty }
                #expect(Folder.names("/dev/shm").filter { $0.contains(pod.uid) } == [])
            }
        }
    }

    @Test func `a container that does not listen is killed at the end of its grace`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod(
                "a",
                """
                containers:
                - {name: c, image: busybox, command: [sh, -c, 'trap "" TERM; while :; do sleep 1; done']}
                """
            )
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("ready") { harness.isReady("a") }
                let began = ContinuousClock.now
                runtime.sync(pods: [pod.deleted(grace: 1)])
                try await harness.until("finished") { harness.world.withLock { $0.finished.contains("a") } }
                #expect(ContinuousClock.now - began >= .seconds(1))
                #expect(harness.container("a")[path: "state", "terminated", "exitCode"] == 137)
                #expect(Harness.processes(of: pod) == [])
            }
        }
    }

    @Test func `a pod that is gone from the API server is stopped and removed`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod("a", "containers: [{name: c, image: busybox, command: [sleep, '1000']}]")
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("ready") { harness.isReady("a") }
                runtime.sync(pods: [])
                try await harness.until("no folder") { Folder.names(harness.folder + "/state/pods").isEmpty }
                #expect(Harness.processes(of: pod) == [])
            }
        }
    }

    @Test func `the metrics count what runs and what was started again`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod("a", "containers: [{name: c, image: busybox, command: [sleep, '1000']}]")
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("ready") { harness.isReady("a") }
                kill(try #require(harness.process(pod, "c")).program.pid, SIGKILL)
                try await harness.until("restart") {
                    harness.container("a")["restartCount"] == 1 && harness.isReady("a")
                }
                let text = harness.metrics.text()
                for line in [
                    "martlet_runtime_pods 1", "martlet_runtime_containers_running 1",
                    "martlet_runtime_container_starts_total 2", "martlet_runtime_container_restarts_total 1",
                    "martlet_runtime_container_start_seconds_count 2",
                ] { #expect(text.contains(line + "\n"), "\(line)") }
            }
        }
    }

    @Test func `everything can be stopped at once and comes back with the next runtime`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod("a", "containers: [{name: c, image: busybox, command: [sleep, '1000']}]")
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("ready") { harness.isReady("a") }
            }
            let count = try await ProcessRuntime.stopAll(
                stateDirectory: harness.folder + "/state", grace: .seconds(5))
            #expect(count == 1)
            #expect(Harness.processes(of: pod) == [])
            harness.world.withLock { $0.statuses = [:] }
            try await harness.withRuntime { _ in
                try await harness.until("back") { harness.isReady("a") }
                #expect(harness.container("a")["restartCount"] == 1)
            }
        }
    }
}
