package import AgentProtocol
import AsyncHTTPClient
import EngineWire
package import KVBlocks
package import Logging
package import Observability
import ServiceLifecycle
import Synchronization

/// Finds the engines of this node's pods, follows their KV events, load and health, and reports every change.
///
/// 1. `report` is called for one change at a time, in order, and with no lock held; it must not block.
/// 2. KV events are subscribed to as soon as a pod has an address, before its engine is ready.
/// 3. A dead engine is reported as soon as its process ends where that is seen from here, else within half a second of
///    its port's being closed.
package final class EngineMonitor: Service, Sendable {
    private struct State {
        var table = EngineTable()
        var subscriber: KVEventSubscriber?
        var exits: ProcessExits?
        /// Reports on their way out, and whether somebody is handing them over.
        var outgoing: [Report] = []
        var isDelivering = false
    }

    private let state = Mutex(State())
    private let report: @Sendable (Report) -> Void
    private let models: ModelCatalogue?
    private let metrics: EngineMetrics
    private let logger: Logger
    /// Says that there may be engines without a probe.
    private let news: AsyncStream<Void>
    private let newsContinuation: AsyncStream<Void>.Continuation

    package init(
        models: ModelCatalogue? = nil, metrics: MetricsRegistry = MetricsRegistry(), logger: Logger,
        report: @escaping @Sendable (Report) -> Void
    ) {
        self.models = models
        self.metrics = EngineMetrics(metrics)
        self.logger = logger
        self.report = report
        (news, newsContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        metrics.onCollect { [weak self] in
            guard let self else { return }
            self.metrics.observe(self.engines)
        }
    }

    /// Takes the pods of this node that may run engines: all of them, each time.
    package func update(_ candidates: [EngineCandidate]) {
        let targets = candidates.flatMap { EngineTarget.targets(of: $0) }
        models?.keep(only: Set(targets.compactMap(\.modelLocation)))
        change { $0.update(targets, wall: WallClock.microseconds) }
        newsContinuation.yield()
    }

    /// Reports that rebuild everything now.
    package var snapshot: [Report] { state.withLock { $0.table }.snapshot }

    /// The engines by name.
    package var engines: [EngineView] {
        state.withLock { $0.table.records }.sorted { $0.key < $1.key }.map { EngineView($0.value) }
    }

    /// The blocks each rank of an engine holds; nil for an unknown engine.
    package func blockSet(_ id: EngineID) -> [Set<BlockHash>]? {
        state.withLock { $0.table.records[id] }?.ranks.map { Set($0.stream.cache.blocks.hashes) }
    }

    package func run() async throws {
        let subscriber = try KVEventSubscriber { [self] deliveries in
            change { table in
                var effects = EngineTable.Effects()
                for delivery in deliveries { effects += table.delivered(delivery, wall: WallClock.microseconds) }
                return effects
            }
        }
        let exits = try ProcessExits { [self] process in
            change { $0.processEnded(process, wall: WallClock.microseconds) }
        }
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: EngineProbe.configuration())
        state.withLock { state in
            (state.subscriber, state.exits) = (subscriber, exits)
            for record in state.table.records.values {
                for rank in record.ranks {
                    if let source = rank.source { subscriber.follow(rank.follower, source) }
                }
            }
        }
        await cancelWhenGracefulShutdown { await self.probeAll(EngineProbe(http: http)) }
        state.withLock { ($0.subscriber, $0.exits) = (nil, nil) }
        subscriber.stop()
        exits.stop()
        try await http.shutdown()
    }

    /// One child task an engine, for as long as it is wanted.
    private func probeAll(_ probe: EngineProbe) async {
        await withDiscardingTaskGroup { group in
            var probed: Set<UInt64> = []
            newsContinuation.yield()
            for await _ in news {
                let records = state.withLock { $0.table.records }
                let wanted = Set(records.values.map(\.generation))
                for (id, record) in records where !probed.contains(record.generation) {
                    group.addTask { await self.follow(id, record.generation, probe) }
                }
                probed = wanted
            }
            group.cancelAll()
        }
    }

    private func follow(_ id: EngineID, _ generation: UInt64, _ probe: EngineProbe) async {
        while !Task.isCancelled {
            let question = state.withLock { $0.table.records[id]?.question(at: .now) }
            guard let question, question.generation == generation else { return }
            let answer = await ask(question, probe)
            guard !Task.isCancelled else { return }
            change { $0.answered(answer, to: question, at: .now, wall: WallClock.microseconds) }
            if let process = answer.process { state.withLock { $0.exits }?.watch(process) }
            let pause = state.withLock { $0.table.records[id]?.pace.pause(at: .now) } ?? ProbePace.quiet
            try? await Task.sleep(for: pause)
        }
    }

    private func ask(_ question: EngineQuestion, _ probe: EngineProbe) async -> EngineAnswer {
        var answer = EngineAnswer(health: await probe.health(of: question.target))
        guard answer.health == .ready else { return answer }
        if question.wantsPage {
            do {
                answer.page = try await probe.page(of: question.target)
            } catch {
                answer.health = EngineProbe.health(error)
            }
        }
        if question.wantsDetails, answer.health == .ready {
            answer.details = await probe.details(of: question.target)
            if question.wantsProcess {
                answer.process = EngineProcess.listening(at: question.target.host, port: question.target.id.port)
            }
            if let location = question.target.modelLocation {
                answer.details?.modelFiles = await models?.id(of: location)
            }
        }
        return answer
    }

    /// Changes the table, carries out its commands and hands over its reports in their order.
    private func change(_ body: (inout EngineTable) -> EngineTable.Effects) {
        let (isMine, alarms) = state.withLock { state in
            let effects = body(&state.table)
            if let subscriber = state.subscriber {
                for command in effects.commands {
                    switch command {
                    case .follow(let follower, let source): subscriber.follow(follower, source)
                    case .unfollow(let follower): subscriber.unfollow(follower)
                    case .replay(let follower, let sequence): subscriber.replay(follower, from: sequence)
                    }
                }
            }
            state.outgoing += effects.reports
            guard !state.isDelivering, !state.outgoing.isEmpty else { return (false, effects.alarms) }
            state.isDelivering = true
            return (true, effects.alarms)
        }
        for alarm in alarms { log(alarm) }
        guard isMine else { return }
        while true {
            let reports = state.withLock { state in
                defer { state.outgoing = [] }
                if state.outgoing.isEmpty { state.isDelivering = false }
                return state.outgoing
            }
            if reports.isEmpty { return }
            for item in reports {
                log(item)
                report(item)
            }
        }
    }

    private func log(_ alarm: EngineTable.Alarm) {
        let rank: Logger.Metadata = ["engine": "\(alarm.engine)", "rank": "\(alarm.rank)"]
        if let fault = alarm.fault {
            logger.warning("Stopped trusting KV events", metadata: rank.merging(["why": "\(fault.note)"]) { $1 })
        } else {
            logger.notice("Trusting KV events again", metadata: rank)
        }
    }

    private func log(_ item: Report) {
        switch item {
        case .engine(let engine):
            logger.debug(
                "Engine changed",
                metadata: [
                    "engine": "\(engine.id)", "incarnation": "\(engine.incarnation)", "isReady": "\(engine.isReady)",
                    "hasExactCache": "\(engine.hasExactCache)",
                ])
        case .engineGone(let id): logger.info("Engine gone", metadata: ["engine": "\(id)"])
        case .load, .cache: break
        }
    }
}
