import AgentProtocol
import Fleet
import Synchronization
import Testing

struct ReplicaExchangeTests {
    private final class Outside: Sendable {
        struct State {
            var told: [AgentID: [ReplicaWork]] = [:]
            var heard: [ReplicaWork] = []
            var reached: [Bool] = []
        }

        let state = Mutex(State())

        init(_ exchange: ReplicaExchange) {
            exchange.open { agent, work in self.state.withLock { $0.told[agent, default: []].append(work) } }
            exchange.listen { work in
                self.state.withLock { $0.heard.append(work) }
            } reach: { isReached in
                self.state.withLock { $0.reached.append(isReached) }
            }
        }

        var told: [AgentID: [ReplicaWork]] {
            state.withLock { state in
                defer { state.told = [:] }
                return state.told
            }
        }
        var heard: [ReplicaWork] { state.withLock { $0.heard } }
        var reached: [Bool] { state.withLock { $0.reached } }
    }

    private let agents = [AgentID("a"), AgentID("b")]

    private func engine(_ number: Int) -> EngineID { EngineID(namespace: "n", pod: "p\(number)", port: 1) }

    /// Engines in turn at both agents, each in the life of its number.
    private func fleet(_ count: Int) -> Fleet {
        let fleet = Fleet()
        for (place, agent) in agents.enumerated() {
            fleet.apply(.connected(AgentDescription(id: agent, epoch: 1)), from: agent)
            fleet.apply(.snapshotBegan, from: agent)
            let reports = stride(from: place, to: count, by: 2).map { number -> Report in
                .engine(
                    EngineDescription(
                        id: engine(number), podUID: "u", node: agent.name, host: "h", kind: .vLLM,
                        incarnation: UInt64(number + 1)))
            }
            fleet.apply(.reports(reports), from: agent)
            fleet.apply(.snapshotEnded, from: agent)
        }
        return fleet
    }

    private func tell(_ exchange: ReplicaExchange, _ engines: Range<Int>) {
        exchange.tell(Array(engines), engine: { engine($0) }) { number, incarnation in
            EngineWork(engine: engine(number), incarnation: incarnation, requests: number, pendingTokens: 0)
        }
    }

    private func work(_ number: Int) -> EngineWork {
        EngineWork(engine: engine(number), incarnation: UInt64(number + 1), requests: number, pendingTokens: 0)
    }

    @Test func `work goes to the engine's agent, where another replica hears it`() {
        let exchange = ReplicaExchange(fleet(4), replica: 7)
        let outside = Outside(exchange)
        tell(exchange, 0..<4)
        #expect(outside.told.isEmpty)
        exchange.take(.replicas(others: 1), from: agents[0])
        tell(exchange, 0..<6)
        #expect(outside.told == [agents[0]: [ReplicaWork(replica: 7, engines: [work(0), work(2)])]])
        exchange.take(.replicas(others: 2), from: agents[1])
        exchange.take(.lost(.silent), from: agents[0])
        tell(exchange, 0..<4)
        #expect(outside.told == [agents[1]: [ReplicaWork(replica: 7, engines: [work(1), work(3)])]])
        exchange.take(.connected(AgentDescription(id: agents[1], epoch: 1)), from: agents[1])
        #expect(outside.reached == [true, true, true, false])
    }

    @Test func `no message names more engines than one may`() {
        let exchange = ReplicaExchange(fleet(300), replica: 7)
        let outside = Outside(exchange)
        exchange.take(.replicas(others: 1), from: agents[0])
        tell(exchange, 0..<300)
        let told = outside.told[agents[0]] ?? []
        #expect(told.map(\.engines.count) == [64, 64, 22])
        #expect(Set(told.flatMap(\.engines)) == Set(stride(from: 0, to: 300, by: 2).map { work($0) }))
    }

    @Test func `what others have under way is heard, what is this replica's own is not`() {
        let exchange = ReplicaExchange(fleet(1), replica: 7)
        let outside = Outside(exchange)
        exchange.take(.work(ReplicaWork(replica: 7, engines: [work(0)])), from: agents[0])
        exchange.take(.work(ReplicaWork(replica: 8, engines: [work(0)])), from: agents[0])
        #expect(outside.heard == [ReplicaWork(replica: 8, engines: [work(0)])])
    }
}
