import AgentProtocol
@testable import Engines
import Glibc
import JSONValues
import SystemFiles
import TestKit
import Testing

/// Engines that are processes of their own, and their ends.
@Suite(.timeLimit(.minutes(2))) struct EngineProcessTests {
    private static let program =
        String(#filePath.dropLast("Tests/EnginesTests/EngineProcessTests.swift".count))
        + ".build/debug/engine-simulator"

    @Test func `an engine that is killed holds nothing within a second, and its next life begins with nothing`()
        async throws
    {
        let port = try await FreePorts.take(1)[0]
        let server = SimulatedServer(port: port)
        try await Journal.watching { monitor, journal in
            monitor.update([server.candidate])
            var last: UInt64 = 0
            for life in 0..<3 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        _ = try await Command.run(Self.program, ["serve"] + SimulatedServer.flags(port: port))
                    }
                    let born = try await journal.engine { $0.isReady && $0.hasExactCache }
                    #expect(born.incarnation >= last)
                    #expect(monitor.blockSet(server.id) == [[]], "life \(life)")
                    let prompt = (0..<300).map { UInt32($0 + 500) }
                    #expect(try await server.cachedTokens(of: prompt) == 0)
                    try await server.agree(monitor, journal)
                    #expect(monitor.blockSet(server.id)?[0].isEmpty == false)
                    let process = try #require(EngineProcess.listening(at: "127.0.0.1", port: port))
                    let death = ContinuousClock.now
                    kill(process.pid, SIGKILL)
                    let dead = try await journal.engine { !$0.isReady && $0.incarnation > born.incarnation }
                    #expect(ContinuousClock.now - death <= .seconds(1), "the bar for no stale credit")
                    #expect(monitor.blockSet(server.id) == [[]])
                    let isClaiming = monitor.snapshot.contains { if case .cache = $0 { true } else { false } }
                    #expect(!isClaiming)
                    last = dead.incarnation
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func `a process that ends is told once, and one that had ended before it was watched too`() async throws {
        let (ends, told) = AsyncStream.makeStream(of: EngineProcess.self)
        let exits = try ProcessExits { told.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let count = 20
            for _ in 0..<count { group.addTask { _ = try await Command.run("sleep", ["60"]) } }
            var children: [EngineProcess] = []
            while children.count < count { children = Self.children() }
            for child in children.dropLast() { exits.watch(child) }
            for child in children { kill(child.pid, SIGKILL) }
            while EngineProcess(pid: children[count - 1].pid) != nil { await Task.yield() }
            exits.watch(children[count - 1])
            var seen: [EngineProcess] = []
            for await end in ends.prefix(count) { seen.append(end) }
            #expect(Set(seen) == Set(children))
            try await group.waitForAll()
        }
        exits.stop()
    }

    /// Children of this process that sleep.
    private static func children() -> [EngineProcess] {
        // The kernel lists them by the thread that started them.
        let lists = Files.names(in: "/proc/self/task").compactMap { try? Files.text("/proc/self/task/\($0)/children") }
        return lists.flatMap { $0.split(separator: " ") }.compactMap { Int32($0) }
            .filter { (try? Files.text("/proc/\($0)/comm")) == "sleep\n" }.compactMap { EngineProcess(pid: $0) }
    }

    struct Row: Sendable {
        var host: String
        var port: Int
        var socket: String?
    }

    /// As the kernel prints them: 127.0.0.1:8000 and 127.64.0.2:8000 listening, 8001 everywhere, 8002 connected only,
    /// 8003 as an IPv4 address in the table of IPv6.
    private static let tables = [
        """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 101 1 0 100 0 0 10 0
           1: 0200407F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 102 1 0 100 0 0 10 0
           2: 00000000:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 103 1 0 100 0 0 10 0
           3: 0100007F:1F42 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 104 1 0 100 0 0 10 0
        """,
        """
           0: 0000000000000000FFFF00000100007F:1F43 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 105 1
        """,
    ]

    @Test(arguments: [
        Row(host: "127.0.0.1", port: 8000, socket: "101"), Row(host: "127.64.0.2", port: 8000, socket: "102"),
        Row(host: "127.64.0.3", port: 8000), Row(host: "127.64.0.3", port: 8001, socket: "103"),
        Row(host: "127.0.0.1", port: 8002), Row(host: "127.0.0.1", port: 8003, socket: "105"),
    ]) func `the socket of an address is found`(row: Row) {
        #expect(ListeningSocket.find(row.host, row.port, in: Self.tables) == row.socket)
    }
}
