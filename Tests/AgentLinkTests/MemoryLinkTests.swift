import AgentLink
import AgentProtocol
import Testing

struct MemoryLinkTests {
    @Test func `behaves as the link does`() {
        let recorder = Recorder()
        let holder = Holder(5)
        let link = MemoryLink(AgentDescription(id: AgentID("n"), epoch: 1)) {
            holder.snapshot
        } deliver: {
            recorder.record($0, $1)
        }
        link.send(holder.grow())
        #expect(recorder.events.isEmpty)
        link.connect()
        #expect(recorder.shown == holder.all)
        link.send(holder.grow())
        #expect(recorder.shown == holder.all)
        link.disconnect()
        link.send(holder.grow())
        link.advance(by: .seconds(3))
        #expect(recorder.events.last == .lost(.silent))
        link.connect()
        #expect(recorder.shown == holder.all)
        #expect(recorder.snapshots == 1)
        link.restartCoordinator()
        #expect(recorder.snapshots == 2)
        #expect(recorder.shown == holder.all)
    }
}
