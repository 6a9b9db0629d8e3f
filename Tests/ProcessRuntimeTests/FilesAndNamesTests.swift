import ContainerShim
import JSONValues
import KubernetesAPI
import ProcessRuntime
import Synchronization
import Testing

/// What containers see: volumes, names, configuration, logs.
struct FilesAndNamesTests {
    /// Whether this machine lets this user make mount namespaces, as the runtime itself finds out.
    static let mayMount: Bool = {
        let scratch = "/tmp/martlet-check"
        defer { try? Folder.remove(scratch) }
        return ["mounts", "user"].contains { isolation in
            guard
                let pid = try? Spawn.start(
                    Harness.programs + "/container-shim", ["container-shim", "check", isolation, scratch],
                    environment: [:], descriptors: [])
            else { return false }
            return waitForExit(pid) == 0
        }
    }()

    @Test(.enabled(if: mayMount, "needs root or user namespaces"), arguments: [Isolation.mounts, .user])
    func `volumes appear where the manifest says and the machine stays as it was`(isolation: Isolation) async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod(
                "a",
                """
                volumes:
                - {name: models, hostPath: {path: /mnt/martlet-test/models/, type: DirectoryOrCreate}}
                - {name: hccn, hostPath: {path: /etc/martlet-hccn.conf, type: File}}
                - {name: shm, emptyDir: {medium: Memory, sizeLimit: 256Mi}}
                - {name: settings, configMap: {name: settings, items: [{key: a, path: deep/a.txt}]}}
                - {name: info, downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}}
                containers:
                - name: c
                  image: busybox
                  workingDir: /vllm-workspace
                  command: [sh, -c]
                  args:
                  - |
                    pwd
                    echo weights > /mnt/martlet-test/models/w
                    wc -c < /etc/martlet-hccn.conf
                    cat /etc/passwd > /dev/null || echo "no more entries in /etc"
                    echo m > /dev/shm/m
                    cat /settings/deep/a.txt
                    cat /info/name; echo
                    if echo x > /info/name; then echo writable; fi
                    echo end
                    exec sleep 1000
                  volumeMounts:
                  - {name: models, mountPath: /mnt/martlet-test/models/}
                  - {name: hccn, mountPath: /etc/martlet-hccn.conf, readOnly: true}
                  - {name: shm, mountPath: /dev/shm}
                  - {name: settings, mountPath: /settings}
                  - {name: info, mountPath: /info}
                """)
            let settings = KubernetesObject(["metadata": ["name": "settings"], "data": ["a": "hello\n"]])
            harness.world.withLock {
                $0.objects[ObjectReference(.configMap, ObjectKey(namespace: "default", name: "settings"))] = settings
            }
            try await harness.withRuntime({ $0.isolation = isolation }) { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("ready") { harness.isReady("a") }
                var log = ""
                while !log.contains("end\n") { log = try await harness.log(runtime, "a") }
                let lines = log.split(separator: "\n").filter { !$0.contains("Read-only") }
                #expect(lines == ["/vllm-workspace", "0", "hello", "a", "end"])
                #expect(harness.read("state/host//mnt/martlet-test/models/w") == "weights\n")
                #expect(StateFile.text("/dev/shm/martlet-\(pod.uid)-shm/m") == "m\n")
                #expect(harness.world.withLock { $0.events.contains { $0.contains("martlet-hccn.conf") } })
                for path in ["/vllm-workspace", "/mnt/martlet-test", "/etc/martlet-hccn.conf", "/settings"] {
                    #expect(Folder.kind(path) == nil, "\(path)")
                }
            }
        }
    }

    @Test(.enabled(if: mayMount, "needs root or user namespaces"))
    func `names of pods resolve, also of pods that come later`() async throws {
        try await Harness.run { harness in
            let script = "until getent hosts b.default; do sleep 0.05; done; getent hosts localhost; exec sleep 1000"
            let one = try Harness.pod("a", "containers: [{name: c, image: busybox, command: [sh, -c, '\(script)']}]")
            let two = try Harness.pod("b", "containers: [{name: c, image: busybox, command: [sleep, '1000']}]")
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [one])
                try await harness.until("ready") { harness.isReady("a") }
                runtime.sync(pods: [one, two])
                try await harness.until("ready") { harness.isReady("b") }
                var log = ""
                while log.split(separator: "\n").count < 2 { log = try await harness.log(runtime, "a") }
                let addresses = log.split(separator: "\n").map { $0.split(separator: " ").first.map(String.init) }
                #expect(addresses == [harness.status("b")["podIP"]?.string, harness.status("a")["podIP"]?.string])
            }
        }
    }

    @Test func `without mounts, arguments lead to the volumes and names become addresses`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod(
                "a",
                """
                volumes: [{name: v, emptyDir: {}}]
                containers:
                - {name: c, image: busybox, command: [sh, -c, 'echo "$0 $1 $ENTRY_ADDRESS"; exec sleep 1000'],
                   args: [/data/x, "http://localhost:80/"],
                   env: [{name: ENTRY_ADDRESS, value: b.default}], volumeMounts: [{name: v, mountPath: /data}]}
                """)
            let other = try Harness.pod("b", "containers: [{name: c, image: busybox, command: [sleep, '1000']}]")
            try await harness.withRuntime({ $0.isolation = Isolation.none }) { runtime in
                runtime.sync(pods: [pod, other])
                try await harness.until("both ready") { harness.isReady("a") && harness.isReady("b") }
                var log = ""
                while log.isEmpty { log = try await harness.log(runtime, "a") }
                let ip = try #require(harness.status("a")["podIP"]?.string)
                let entry = try #require(harness.status("b")["podIP"]?.string)
                #expect(
                    log == "\(harness.folder)/state/pods/\(pod.uid)/volumes/v/x http://\(ip):80/ \(entry)\n")
            }
        }
    }

    @Test func `a missing secret keeps a container waiting until it comes`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod(
                "a",
                """
                containers:
                - {name: c, image: busybox, command: [sh, -c, 'echo $TOKEN; exec sleep 1000'],
                   env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: hf, key: token}}}]}
                """)
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("the reason") {
                    harness.container("a")[path: "state", "waiting", "reason"] == "CreateContainerConfigError"
                }
                #expect(harness.status("a")["phase"] == "Pending")
                harness.world.withLock {
                    $0.objects[ObjectReference(.secret, ObjectKey(namespace: "default", name: "hf"))] =
                        KubernetesObject(["data": ["token": "aGlkZGVu"]])
                }
                try await harness.until("ready") { harness.isReady("a") }
                var log = ""
                while log.isEmpty { log = try await harness.log(runtime, "a") }
                #expect(log == "hidden\n")
                #expect(harness.container("a")["restartCount"] == 0)
            }
        }
    }

    @Test func `an image without an entry waits until the map has one`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod("a", "containers: [{name: c, image: 'my/thing:3', command: [sleep, '1000']}]")
            try harness.write("map.yaml", "[]")
            try await harness.withRuntime({ $0.imageMapPath = harness.folder + "/map.yaml" }) { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("the reason") {
                    harness.container("a")[path: "state", "waiting", "reason"] == "ImageNotMapped"
                }
                let message = harness.container("a")[path: "state", "waiting", "message"]?.string ?? ""
                #expect(message.contains("my/thing*") && message.contains("map.yaml"))
                try harness.write("map.yaml", "- {image: 'my/*', program: host}")
                try await harness.until("ready") { harness.isReady("a") }
            }
        }
    }

    @Test func `a program that is not there is told as such`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod("a", "containers: [{name: c, image: busybox, command: [no-such-program]}]")
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("the reason") {
                    harness.container("a")[path: "lastState", "terminated", "reason"] == "StartError"
                }
                let message = harness.container("a")[path: "lastState", "terminated", "message"]?.string
                #expect(message?.contains("no-such-program") == true)
            }
        }
    }

    @Test func `a faulty image map stops the start of the agent`() async throws {
        try await Harness.run { harness in
            try harness.write("map.yaml", "image: x")
            await #expect(throws: (any Error).self) {
                try await harness.withRuntime({ $0.imageMapPath = harness.folder + "/map.yaml" }) { _ in }
            }
        }
    }
}
