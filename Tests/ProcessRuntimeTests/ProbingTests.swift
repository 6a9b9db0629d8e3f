import ContainerShim
import JSONValues
import KubernetesAPI
import NIOCore
import NIOPosix
import ProcessRuntime
import Synchronization
import Testing

/// Probes against real listeners and commands.
struct ProbingTests {
    @Test func `readiness follows a listener on the pod's address`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod(
                "a",
                """
                containers:
                - {name: c, image: busybox, command: [sleep, '1000'], ports: [{name: api, containerPort: 18431}],
                   readinessProbe: {tcpSocket: {port: api}, periodSeconds: 1, failureThreshold: 1}}
                """)
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("running") { harness.container("a")["started"] == true }
                #expect(!harness.isReady("a"))
                let ip = try #require(harness.status("a")["podIP"]?.string)
                let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .bind(host: ip, port: 18431).get()
                try await harness.until("ready") { harness.isReady("a") }
                try await server.close()
                try await harness.until("unready") { !harness.isReady("a") }
                #expect(harness.container("a")["restartCount"] == 0)
            }
        }
    }

    @Test func `an HTTP answer of 200 is well and one of 500 is not`() async throws {
        try await Harness.run { harness in
            let pod = try Harness.pod(
                "a",
                """
                containers:
                - {name: c, image: busybox, command: [sleep, '1000'],
                   readinessProbe: {httpGet: {port: 18432, path: /ok}, periodSeconds: 1},
                   livenessProbe: {httpGet: {port: 18432, path: /bad}, periodSeconds: 1, failureThreshold: 1,
                     initialDelaySeconds: 2}}
                """)
            try await harness.withRuntime { runtime in
                runtime.sync(pods: [pod])
                try await harness.until("running") { harness.container("a")["started"] == true }
                let ip = try #require(harness.status("a")["podIP"]?.string)
                let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .childChannelInitializer { $0.pipeline.addHandler(Answer()) }.bind(host: ip, port: 18432).get()
                try await harness.until("ready") { harness.isReady("a") }
                try await harness.until("restart") { harness.container("a")["restartCount"] == 1 }
                let events = harness.world.withLock { $0.events }
                #expect(events.contains { $0.contains("statuscode: 500") })
                try await server.close()
            }
        }
    }

    @Test func `a command that fails or hangs restarts its container`() async throws {
        for command in ["exit 1", "sleep 1000"] {
            try await Harness.run { harness in
                let pod = try Harness.pod(
                    "a",
                    """
                    containers:
                    - {name: c, image: busybox, command: [sleep, '1000'],
                       livenessProbe: {exec: {command: [sh, -c, '\(command)']}, periodSeconds: 1, failureThreshold: 1}}
                    """)
                try await harness.withRuntime { runtime in
                    runtime.sync(pods: [pod])
                    try await harness.until("restart") { (harness.container("a")["restartCount"]?.integer ?? 0) >= 1 }
                    runtime.sync(pods: [pod.deleted(grace: 1)])
                    try await harness.until("finished") { harness.world.withLock { $0.finished.contains("a") } }
                    try await harness.until("nothing left") { Harness.processes(of: pod) == [] }
                }
            }
        }
    }
}

/// Answers `/ok` with 200 and anything else with 500.
private final class Answer: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let request = unwrapInboundIn(data)
        let isWell = String(buffer: request).hasPrefix("GET /ok ")
        let answer = "HTTP/1.1 \(isWell ? "200 OK" : "500 Oops")\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
    }
}
