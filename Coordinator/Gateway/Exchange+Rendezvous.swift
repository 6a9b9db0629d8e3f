import HTTPWire
import NIOCore
import Routing

/// The two ways of the connector that is called mooncake: engines that answer with the transfer object, and engines
/// that meet under an id at the prefill engine's bootstrap server. Which an engine has, its first answer shows.
extension Exchange {
    /// Sends both legs at once where the prefill engine is known to meet decode engines, else one after the other.
    func meetOrPrefill(_ prefill: Endpoint, decode: Endpoint) {
        guard let bodies else { return }
        let id = "xfer-\(context.requestID())"
        let body = bodies.prefill(TransferParameters.prefill(transferID: id))
        if case .meets(let ids) = context.rendezvous.way(of: prefill.engine), ids.count > 1,
            routing.ranks[prefill.engine] == nil, head.fields.first(named: "x-data-parallel-rank") == nil
        {
            // The decode engine has to know the rank, so the prefill engine may not choose it.
            routing.ranks[prefill.engine] = ids.keys.sorted()[Int(context.random.next() % UInt64(ids.count))]
        }
        let request = upstreamRequest(prefill, body)
        guard let object = meeting(prefill, id) else {
            return prefillOn(prefill, decode: decode, request, transferID: id)
        }
        startBoth(prefill, request, decode, upstreamRequest(decode, bodies.decode(object)))
    }

    /// The object with which a decode engine meets this prefill engine; nil where it is not known to meet any, or not
    /// as which rank.
    func meeting(_ prefill: Endpoint, _ transferID: String) -> [UInt8]? {
        guard case .meets(let ids) = context.rendezvous.way(of: prefill.engine) else { return nil }
        let rank = clientRank ?? routing.ranks[prefill.engine] ?? (ids.count == 1 ? ids.keys.first : nil)
        guard let id = rank.flatMap({ ids[$0] }) else { return nil }
        let host = prefill.host.contains(":") ? "[\(prefill.host)]" : prefill.host
        return TransferParameters.decode(
            transferID: transferID, engineID: id, bootstrap: "http://\(host):\(prefill.bootstrapPort)")
    }

    /// The data-parallel rank that the client asks for.
    private var clientRank: Int? { head.fields.first(named: "x-data-parallel-rank").flatMap { Int($0) } }

    /// Finds out how a prefill engine meets decode engines, where that is not known yet, and goes on in any case.
    func askBootstrap(of prefill: Endpoint, then next: @escaping (Exchange) -> Void) {
        guard context.rendezvous.way(of: prefill.engine) == nil else { return next(self) }
        let head = "GET /query HTTP/1.1\r\nhost: \(prefill.host):\(prefill.bootstrapPort)\r\n\r\n"
        let key = UpstreamKey(host: prefill.host, port: prefill.bootstrapPort, tls: nil)
        let request = UpstreamRequest(key: key, head: Array(head.utf8), body: [])
        let leg = CollectedLeg(
            request, pool: context.pool, loop: context.loop, timeout: configuration.bootstrapTimeout
        ) { [weak self] result in
            guard let self, !self.isDone else { return }
            self.collected = nil
            var way = RendezvousBook.Way.nothing
            if case .success(let answer) = result, answer.head.status == 200,
                let ids = BootstrapAnswer.engineIDs(in: answer.body.span)
            {
                way = .meets(ids)
            }
            self.context.rendezvous.note(way, of: prefill.engine)
            next(self)
        }
        collected = leg
        leg.start()
    }
}
