import ContainerShim
import JSONValues
import KubernetesAPI
import Testing

struct RecordTests {
    @Test func `a launch plan survives the way through its file`() throws {
        let plan = LaunchPlan(
            arguments: ["sh", "-c", "echo \"ü\""], environment: ["A": "1", "B": ""], workingDirectory: "/work",
            isolation: .user, mounts: [.init(source: "/a", target: "/b", isReadOnly: true)], hostname: "pod",
            logBytesMax: 5, failures: 3)
        #expect(LaunchPlan(plan.json) == plan)
        #expect(LaunchPlan(["arguments": []]) == nil)
    }

    @Test func `an exit record survives the way through its file`() throws {
        let time = Timestamp(microseconds: 1_700_000_000_123_456)
        let record = ExitRecord(code: 137, signal: 9, reason: "Error", startedAt: time, finishedAt: time)
        #expect(ExitRecord(record.json) == record)
    }

    @Test func `a process name with spaces and parentheses does not shift the fields`() throws {
        let tail = "S 7 8 9 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 1 1"
        let stat = try #require(ProcessStat("42 (a) b (c)) \(tail)"))
        #expect((stat.parent, stat.group, stat.session, stat.start) == (7, 8, 9, 4711))
        #expect(!stat.isZombie)
        #expect(ProcessStat("42 (short) S 1") == nil)
    }

    @Test func `a process is itself and no other`() throws {
        let own = try #require(ProcessIdentity(pid: 1))
        #expect(own.isAlive)
        #expect(!ProcessIdentity(pid: 1, start: own.start + 1, boot: own.boot).isAlive)
        #expect(!ProcessIdentity(pid: 1, start: own.start, boot: "another").isAlive)
        #expect(ProcessIdentity(own.json) == own)
    }
}
