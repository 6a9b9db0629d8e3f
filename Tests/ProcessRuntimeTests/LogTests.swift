import ContainerShim
import JSONValues
import KubernetesAPI
import ProcessRuntime
import Testing

/// What `kubectl logs` gets.
struct LogTests {
    @Test func `tail, time, limit and following work on a living container`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod(
                "a",
                """
                restartPolicy: Never
                volumes: [{name: v, hostPath: {path: \(harness.folder)}}]
                containers:
                - name: c
                  image: busybox
                  command: [sh, -c]
                  args:
                  - |
                    for i in 1 2 3 4 5; do echo line $i; done
                    until [ -e $V/go ]; do sleep 0.05; done
                    echo last; printf open
                  env: [{name: V, value: \(harness.folder)}]
                """)
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("ready") { harness.isReady("a") }
                var all = ""
                while all.split(separator: "\n").count < 5 { all = try await harness.log(runtime, "a") }
                #expect(all == (1...5).map { "line \($0)\n" }.joined())
                #expect(try await harness.log(runtime, "a") { $0.tailLines = 2 } == "line 4\nline 5\n")
                #expect(try await harness.log(runtime, "a") { $0.tailLines = 0 } == "")
                #expect(try await harness.log(runtime, "a") { $0.tailLines = 99 } == all)
                #expect(try await harness.log(runtime, "a") { $0.limitBytes = 6 } == "line 1")
                let future = Timestamp(secondsSince1970: 4e9)
                #expect(try await harness.log(runtime, "a") { $0.since = future } == "")
                let stamped = try await harness.log(runtime, "a") { ($0.timestamps, $0.tailLines) = (true, 1) }
                let parts = stamped.split(separator: " ", maxSplits: 1)
                #expect(Timestamp(String(parts[0])) != nil && parts[1] == "line 5\n")

                var options = LogOptions()
                (options.follow, options.tailLines) = (true, 1)
                var followed = ""
                for try await piece in try runtime.logs(namespace: "default", pod: "a", container: "", options: options)
                {
                    if followed.isEmpty { try harness.write("go", "") }
                    followed += String(decoding: piece, as: UTF8.self)
                }
                #expect(followed == "line 5\nlast\nopen\n", "following ends with the container")
            }
        }
    }

    @Test func `a long log moves aside and both halves are read`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod(
                "a",
                """
                restartPolicy: Never
                containers:
                - name: c
                  image: busybox
                  command: [sh, -c, "i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); sleep 0.001; done"]
                """)
            try await harness.withRuntime({ $0.logBytesMax = 8_000 }) { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("done") { harness.status("a")["phase"] == "Succeeded" }
                let state = StateDirectory(harness.folder + "/state")
                let directory = state.attempt(pod.uid, "c", 0)
                for path in [directory.log, directory.rotatedLog] {
                    #expect((StateFile.bytes(path)?.count ?? .max) <= 8_000)
                }
                let lines = try await harness.log(runtime, "a").split(separator: "\n")
                #expect(lines.last == "line 299")
                let first = try #require(lines.first?.split(separator: " ").last.flatMap { Int($0) })
                #expect(lines == (first...299).map { "line \($0)" }, "no gap where the files meet")
                let tail = try await harness.log(runtime, "a") { $0.tailLines = lines.count - 1 }
                #expect(tail.split(separator: "\n").count == lines.count - 1, "a tail may reach into the older file")
            }
        }
    }

    @Test func `what cannot be shown is answered as the kubelet does`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod(
                "a",
                "containers: [{name: c, image: unknown/image}, {name: d, image: busybox, command: [sleep, '1000']}]")
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("d runs") { harness.container("a", 1)["ready"] == true }
                let rows = [
                    ("b", "c", false, 404, "does not run"), ("a", "", false, 400, "choose one of: [c d]"),
                    ("a", "x", false, 400, "container x is not valid"), ("a", "c", false, 400, "waiting to start"),
                    ("a", "d", true, 400, "previous terminated container"),
                ]
                for (pod, container, previous, code, message) in rows {
                    var options = LogOptions()
                    options.previous = previous
                    #expect {
                        try runtime.logs(namespace: "default", pod: pod, container: container, options: options)
                    } throws: { error in
                        let status = error as? APIStatus
                        return status?.code == code && status?.message.contains(message) == true
                    }
                }
            }
        }
    }

    @Test func `a query is read as kubectl writes it`() {
        let now = Timestamp(secondsSince1970: 1_000)
        let options = LogOptions(
            query: ["tailLines": "5", "follow": "true", "sinceSeconds": "10", "timestamps": "x"], now: now)
        #expect(options.tailLines == 5 && options.follow && !options.timestamps && !options.previous)
        #expect(options.since == Timestamp(secondsSince1970: 990))
    }
}
