import CZeroMQ

/// Answers libzmq's questions who may connect (ZAP, RFC 27): CURVE clients with a listed key and nobody else.
///
/// 1. A request that is not understood is answered with a refusal.
/// 2. Without this answering, nobody is let in: the socket's domain is set and enforced.
struct Authenticator {
    private static let endpoint = "inproc://zeromq.zap.01"

    let socket: ZeroMQSocket
    private let allowed: Set<String>

    /// Must exist before the guarded socket is bound.
    init(_ context: ZeroMQContext, allowed: Set<String>) throws(LinkError) {
        self.allowed = allowed
        socket = try context.socket(ZMQ_REP)
        try socket.set(ZMQ_LINGER, Int32(0))
        guard socket.bind(Self.endpoint) else {
            throw .library(call: "the authentication socket", reason: ZeroMQ.lastReason())
        }
    }

    /// Answers every waiting request.
    func answer() {
        while let request = socket.receive() { _ = socket.send(reply(to: request.frames)) }
    }

    /// Request: version, request id, domain, address, identity, mechanism, credentials.
    /// Reply: version, request id, status, text, user id, metadata.
    private func reply(to frames: [[UInt8]]) -> [[UInt8]] {
        let requestID = frames.count > 1 ? frames[1] : []
        let isCurve = frames.count == 7 && frames[0] == Array("1.0".utf8) && frames[5] == Array("CURVE".utf8)
        let key = isCurve ? Self.text(ofKey: frames[6]) : nil
        let isAllowed = key.map(allowed.contains) ?? false
        let status = isAllowed ? "200" : "400"
        let reason = isAllowed ? "OK" : "Key not allowed"
        let userID = isAllowed ? key ?? "" : ""
        return [Array("1.0".utf8), requestID, Array(status.utf8), Array(reason.utf8), Array(userID.utf8), []]
    }

    private static func text(ofKey bytes: [UInt8]) -> String? {
        guard bytes.count == 32 else { return nil }
        var text = [CChar](repeating: 0, count: CurveKeys.keyLength + 1)
        guard unsafe zmq_z85_encode(&text, bytes, bytes.count) != nil else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
