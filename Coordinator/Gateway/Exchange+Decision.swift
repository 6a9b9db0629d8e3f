import AgentProtocol
import HTTPWire
import NIOCore
import Observability
import Routing
import Synchronization

extension Exchange {
    /// Chooses engines, now that the prompt is as well known as it gets.
    func decide(_ chain: PromptChain?) {
        guard let server, !isDone else { return }
        if let chain { record.promptTokens = chain.tokenCount }
        let plan = state.plan(for: server)
        let request = routingRequest(chain)
        let readings = readings(plan, request)
        count(readings, for: request)
        let decision = routing.policy.decide(request, plan, readings) { stage, body in
            let start = NIODeadline.now()
            body()
            count(stage, since: start)
        }
        if readings.hasRanks {
            routing.request = request
            routing.readings = readings
        }
        record.decision = decision
        record.reason = decision.reason
        context.series.decisions(decision.reason).add(1)
        choices = decision.choices
        guard !choices.isEmpty else {
            let reason =
                decision.refusal.map { "\($0) for ModelServer \(server.name); send fewer requests or add pods." }
                ?? "\(server.label) has no ready prefill and decode pods in one group; check its pdGroup and its pods."
            return refuse(
                ClientError(400, "scheduling", "can't schedule to target pod: \(reason)", code: .unschedulable))
        }
        attemptsMax = server.retry.map { max(1, $0.attempts + 1) } ?? choices.count
        chainHashes = chain?.hashes ?? []
        attempt()
    }

    private func routingRequest(_ chain: PromptChain?) -> RoutingRequest {
        let body = self.body
        let request = RoutingRequest(
            promptTokens: record.promptTokens, chain: chain?.hashes ?? [], blockSize: chain?.blockSize ?? 0,
            outputTokensMax: surface.outputLimit(members, in: body.span),
            adapter: record.match?.isAdapter == true ? record.model : nil,
            draw: context.random.next())
        request.model = record.upstreamModel
        request.generates = surface.generates
        if let affinity = routing.policy.affinity {
            request.session = session(affinity).map { SessionAffinity.key($0) }
        }
        if let options = routing.policy.prefix {
            let text = PromptText.beginning(of: body.span, members, bytesMax: options.blockBytes * options.blocksMax)
            routing.text = options.hashes(of: text, model: record.model)
            request.text = routing.text
        }
        return request
    }

    private func readings(_ plan: TargetPlan, _ request: RoutingRequest) -> TargetReadings {
        let readsModel = request.adapter != nil || routing.policy.readsModels
        let question = FleetView.Question(chain: request.chain, model: readsModel ? request.model : nil)
        var readings = state.fleet.readings(plan, question)
        let now = NIODeadline.now().duration
        state.inFlight.withLock {
            $0.read(plan.numbers, chain: request.chain, now: now, into: &readings.engines)
        }
        configuration.health.ejections.apply(to: &readings.engines, of: plan)
        if let options = routing.policy.prefix, !request.text.isEmpty {
            readings.textBlocks = state.prefixes.withLock {
                $0.matches(
                    request.text, engines: plan.server.endpoints.map(\.engine), matchesMax: options.matchesMax)
            }
        }
        return readings
    }

    /// The first name of a session that the request has.
    private func session(_ affinity: SessionAffinity) -> String? {
        for source in affinity.sources {
            let found: String? =
                switch source {
                case .header(let name): head.fields.first(named: name)
                case .cookie(let name): SessionName.cookie(name, in: head.fields.first(named: "cookie") ?? "")
                case .query(let name): SessionName.query(name, in: head.targetText)
                case .claim(let name): routing.claims[name]
                }
            if let found, !found.isEmpty { return found }
        }
        return nil
    }

    /// Names the rank that shall serve the request, where the engine has several and the client named none.
    func addRank(of endpoint: Endpoint, to head: inout [UInt8]) {
        guard let rank = rank(of: endpoint) else { return }
        // The head ends with an empty line, before which the field goes.
        head.removeLast(2)
        head.append(contentsOf: "x-data-parallel-rank: \(rank)\r\n\r\n".utf8)
    }

    private func rank(of endpoint: Endpoint) -> Int? {
        if let chosen = routing.ranks[endpoint.engine] { return chosen }
        guard let request = routing.request, let readings = routing.readings, let server, server.engine == .vLLM,
            let place = record.decision?.plan.place(of: endpoint), readings.engines[place].rankCount > 1,
            head.fields.first(named: "x-data-parallel-rank") == nil
        else { return nil }
        let held = readings.ranks.filter { $0.place == place }
        let now = NIODeadline.now().duration
        let rank = state.inFlight.withLock { inFlight in
            let count = Int(readings.engines[place].rankCount)
            // Told ranks are few; all are asked before the choice, which may not change what it asks.
            let blocks = (0..<max(1, count)).map { rank in
                let known = held.first { $0.rank == rank }?.blocks ?? 0
                let predicted = inFlight.predictedBlocks(
                    request.chain, on: endpoint.engine, rank: rank, held: known, now: now)
                return max(known, predicted)
            }
            return RankChoice(count: count).choose(request) {
                blocks[$0]
            } requests: {
                inFlight.allRequests(endpoint.engine, rank: $0)
            }
        }
        routing.ranks[endpoint.engine] = rank
        return rank
    }
}
