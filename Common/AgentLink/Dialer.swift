import CZeroMQ

/// The socket to one coordinator, made anew when a connection went silent.
struct Dialer: Sendable {
    let endpoint: String
    private let context: ZeroMQContext
    private let number: Int
    private let serverKey: String
    private let keys: CurveKeys
    private var generation = 0
    private(set) var socket: ZeroMQSocket?
    private(set) var monitor: ZeroMQSocket?
    /// A message that found no room; it goes before all others.
    var held: [UInt8]?
    /// The link is known to the relay of other coordinators' work.
    var isInRelay = false
    /// How much of that was dropped, as far as it was counted.
    var workDropped = 0

    init(context: ZeroMQContext, number: Int, endpoint: String, serverKey: String, keys: CurveKeys) {
        self.context = context
        self.number = number
        self.endpoint = endpoint
        self.serverKey = serverKey
        self.keys = keys
    }

    mutating func dial() throws(LinkError) {
        close()
        generation += 1
        let made = try context.socket(ZMQ_DEALER)
        socket = made
        do throws(LinkError) {
            try LinkOptions.applyClient(made, keys, serverKey: serverKey, jitter: Int32.random(in: 0...100))
            monitor = try made.monitor(context, name: "dealer-\(number)-\(generation)")
            guard made.connect(endpoint) else {
                throw .library(call: "connecting to \(endpoint)", reason: ZeroMQ.lastReason())
            }
        } catch {
            close()
            throw error
        }
    }

    /// `lingerMilliseconds` lets a last message leave.
    mutating func close(lingerMilliseconds: Int32 = 0) {
        held = nil
        try? socket?.set(ZMQ_LINGER, lingerMilliseconds)
        socket?.close()
        monitor?.close()
        socket = nil
        monitor = nil
    }
}
