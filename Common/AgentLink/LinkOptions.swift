import AgentProtocol
import CZeroMQ

/// The socket options of a link, each chosen on purpose.
enum LinkOptions {
    /// Any name will do; without one libzmq would let every key in.
    private static let authenticationDomain = "martlet"
    /// Declared in libzmq's draft header only, but honoured by every release since 4.3: refuse when nobody answers.
    private static let enforceDomain: Int32 = 93
    /// Messages that may wait in libzmq for the network; the rest waits in the outbox, where it can be merged.
    private static let sendQueueMessages: Int32 = 64
    private static let receiveQueueMessages: Int32 = 256

    static func applyCommon(_ socket: ZeroMQSocket, _ keys: CurveKeys) throws(LinkError) {
        try socket.set(ZMQ_LINGER, Int32(0))
        try socket.set(ZMQ_SNDHWM, sendQueueMessages)
        try socket.set(ZMQ_RCVHWM, receiveQueueMessages)
        try socket.set(ZMQ_MAXMSGSIZE, Int64(AgentProtocolLimits.messageBytesMax))
        // Half-open connections end after three seconds, handshakes that hang after two.
        try socket.set(ZMQ_HEARTBEAT_IVL, Int32(1000))
        try socket.set(ZMQ_HEARTBEAT_TIMEOUT, Int32(3000))
        try socket.set(ZMQ_HEARTBEAT_TTL, Int32(3000))
        try socket.set(ZMQ_HANDSHAKE_IVL, Int32(2000))
        try socket.set(ZMQ_TCP_KEEPALIVE, Int32(1))
        try socket.set(ZMQ_CURVE_SECRETKEY, keys.secretKey)
    }

    static func applyServer(_ socket: ZeroMQSocket, _ keys: CurveKeys) throws(LinkError) {
        try applyCommon(socket, keys)
        try socket.set(ZMQ_CURVE_SERVER, Int32(1))
        try socket.set(ZMQ_ZAP_DOMAIN, authenticationDomain)
        try socket.set(enforceDomain, Int32(1))
        // An answer to an agent that is gone is an error to see, not a message to drop silently.
        try socket.set(ZMQ_ROUTER_MANDATORY, Int32(1))
        try socket.set(ZMQ_BACKLOG, Int32(1024))
    }

    static func applyClient(
        _ socket: ZeroMQSocket, _ keys: CurveKeys, serverKey: String, jitter: Int32
    ) throws(LinkError) {
        try applyCommon(socket, keys)
        try socket.set(ZMQ_CURVE_PUBLICKEY, keys.publicKey)
        try socket.set(ZMQ_CURVE_SERVERKEY, serverKey)
        // Nothing is queued for a connection that does not exist.
        try socket.set(ZMQ_IMMEDIATE, Int32(1))
        // Dials again after 50 to 100 ms, doubled up to 0.2 s; libzmq adds up to the first of these on top. A fresh
        // coordinator knows nothing until its agents have dialled.
        try socket.set(ZMQ_RECONNECT_IVL, 50 + jitter / 2)
        try socket.set(ZMQ_RECONNECT_IVL_MAX, Int32(200))
    }

    /// `tcp://host:port` with something in both places.
    static func isEndpoint(_ text: String) -> Bool {
        guard text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":") else { return false }
        let host = text.dropFirst(6).prefix { $0 != ":" }
        let port = text[text.index(after: colon)...]
        return !host.isEmpty && (port == "*" || UInt16(port) != nil) && text.utf8.count <= 300
    }
}
