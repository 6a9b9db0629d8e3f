/// What the driver of an `InboxHub` has to do.
package enum InboxHubAction: Sendable, Hashable {
    case send([UInt8], to: PeerID)
    case deliver(AgentID, LinkEvent)
    /// A message was ignored or a peer turned away; the reason says which.
    case refused(PeerID, RefusalReason)
}

/// A connection as the transport names it; a new one after every reconnect or the same, as the transport likes.
package struct PeerID: Sendable, Hashable {
    package var bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }
}

/// Why a message or a peer was refused.
package enum RefusalReason: String, Sendable, CaseIterable {
    /// Bytes that are no message of the protocol.
    case malformed
    /// The agent's name is in use by a connection with another key.
    case nameTaken = "name_taken"
    case tooManyAgents = "too_many_agents"
}

/// All agents of one coordinator: finds the inbox a message belongs to.
///
/// 1. An agent has one current connection, the one of its newest session; others are answered with a question.
/// 2. A name belongs to the key that introduced it until that agent is lost.
/// 3. At most `agentsMax` agents are remembered; beyond, the one lost longest ago is forgotten, or the new one refused.
package struct InboxHub: Sendable {
    package static let agentsMaxDefault = 4096

    private struct Agent {
        var inbox: Inbox
        var peer: PeerID
        /// What the transport knows the sender by, for example its public key.
        var identity: String
    }

    private let agentsMax: Int
    private var agents: [AgentID: Agent] = [:]
    private var names: [PeerID: AgentID] = [:]

    package init(agentsMax: Int = agentsMaxDefault) { self.agentsMax = agentsMax }

    package var connectedCount: Int { agents.values.count { !$0.inbox.isLost } }

    package mutating func received(
        _ bytes: ArraySlice<UInt8>, from peer: PeerID, identity: String, now: Duration
    ) -> [InboxHubAction] {
        let message: AgentMessage
        do {
            message = try AgentMessage(bytes: bytes)
        } catch {
            return [.refused(peer, .malformed)]
        }
        switch message {
        case .hello(let hello): return greet(hello, peer, identity, now)
        case .item(let session, let sequence, let item):
            return forward(peer, session) {
                $0.item(session: session, sequence: sequence, item, byteCount: bytes.count, now: now)
            }
        case .heartbeat(let session, let last):
            return forward(peer, session) { $0.heartbeat(session: session, last: last, now: now) }
        case .goodbye(let session, let reason):
            return forward(peer, session) { $0.goodbye(session: session, reason: reason) }
        case .piece(let session, let piece):
            return forward(peer, session) { $0.piece(session: session, piece, now: now) }
        case .work(let session, let work):
            return forward(peer, session) { $0.work(session: session, work, now: now) }
        case .replicas(let session, let others):
            return forward(peer, session) { $0.replicas(session: session, others: others, now: now) }
        }
    }

    /// Asks an agent for a piece of files; nothing happens where it is not connected.
    package mutating func ask(_ agent: AgentID, for place: ModelFilesPlace) -> [InboxHubAction] {
        actions(of: agent) { $0.ask(place) }
    }

    /// Tells an agent what is under way at its engines; nothing happens where nobody else would hear of it.
    package mutating func tell(_ agent: AgentID, _ work: ReplicaWork) -> [InboxHubAction] {
        actions(of: agent) { $0.tell(work) }
    }

    /// Lets time pass; call about every tenth of a second.
    package mutating func tick(now: Duration) -> [InboxHubAction] {
        agents.keys.flatMap { id in actions(of: id) { $0.tick(now: now) } }
    }

    /// Every agent is lost because the coordinator stops listening.
    package mutating func stop() -> [InboxHubAction] {
        agents.keys.flatMap { id in actions(of: id) { $0.stop() } }
    }

    private mutating func greet(
        _ hello: Hello, _ peer: PeerID, _ identity: String, _ now: Duration
    ) -> [InboxHubAction] {
        let id = hello.description.id
        if let known = agents[id], known.identity != identity, !known.inbox.isLost {
            let reason = "the agent name \(id.name) is in use by an agent with another key"
            return refuse(hello, peer, .nameTaken, reason)
        }
        if agents[id] == nil, !makeRoom() {
            return refuse(hello, peer, .tooManyAgents, "this coordinator serves \(agentsMax) agents already")
        }
        if let old = agents[id]?.peer, old != peer { names[old] = nil }
        if let other = names[peer], other != id { names[peer] = nil }
        var agent =
            agents[id]
            ?? Agent(inbox: Inbox(hello.description, now: now), peer: peer, identity: identity)
        agent.peer = peer
        agent.identity = identity
        agents[id] = agent
        names[peer] = id
        return actions(of: id) { $0.hello(hello, now: now) }
    }

    private func refuse(
        _ hello: Hello, _ peer: PeerID, _ reason: RefusalReason, _ text: String
    ) -> [InboxHubAction] {
        let answer = CoordinatorMessage.refused(session: hello.session, reason: text)
        return [.send(answer.bytes, to: peer), .refused(peer, reason)]
    }

    private mutating func makeRoom() -> Bool {
        if agents.count < agentsMax { return true }
        let lost = agents.filter { $0.value.inbox.isLost }
        guard let oldest = lost.min(by: { $0.value.inbox.heardAt < $1.value.inbox.heardAt }) else { return false }
        names[oldest.value.peer] = nil
        agents[oldest.key] = nil
        return true
    }

    private mutating func forward(
        _ peer: PeerID, _ session: UInt64, _ body: (inout Inbox) -> [InboxAction]
    ) -> [InboxHubAction] {
        guard let id = names[peer] else {
            return [.send(CoordinatorMessage.whoAreYou(session: session).bytes, to: peer)]
        }
        return actions(of: id, body)
    }

    private mutating func actions(of id: AgentID, _ body: (inout Inbox) -> [InboxAction]) -> [InboxHubAction] {
        guard var agent = agents[id] else { return [] }
        let actions = body(&agent.inbox)
        agents[id] = agent
        let peer = agent.peer
        return actions.map { action in
            switch action {
            case .send(let message): .send(message.bytes, to: peer)
            case .deliver(let event): .deliver(id, event)
            }
        }
    }
}
