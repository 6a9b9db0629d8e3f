import CZeroMQ
import Synchronization

/// Answers replay requests on a thread of its own, in the framing of vLLM 0.26 and later, or without
/// a topic in the one before.
///
/// A request is `["", start as 8 bytes big endian]`; one without the empty part gets no reply, as with vLLM.
final class ReplayServer: Sendable {
    /// Batches read from the kept ones at a time, so that the lock is held briefly.
    static let batchesReadMax = 256

    private let inbox: SubscriberInbox
    private let thread: DedicatedThread
    let endpoint: String

    init(endpoint: String, topic: [UInt8]?, kept: KeptBatches, context: ZMQContext) throws(ZMQError) {
        let inbox = SubscriberInbox(wakeUp: try WakeUp())
        let box = SocketBox(try ZMQSocket(ZMQ_ROUTER, in: context))
        box.socket?.set(ZMQ_SNDHWM, Int32(0))
        try box.socket?.bind(endpoint)
        self.endpoint = box.socket?.lastEndpoint ?? endpoint
        self.inbox = inbox
        thread = try DedicatedThread {
            guard let socket = box.take() else { return }
            Self.serve(socket, topic: topic, kept: kept, inbox: inbox)
        }
    }

    /// Hands a socket from the thread that bound it to the one that serves it.
    private final class SocketBox: @unchecked Sendable {
        // Unchecked: the starting thread uses `socket` before the serving thread begins, the serving thread after.
        private(set) var socket: ZMQSocket?
        init(_ socket: ZMQSocket) { self.socket = socket }
        func take() -> ZMQSocket? {
            defer { socket = nil }
            return socket
        }
    }

    private static func serve(_ socket: ZMQSocket, topic: [UInt8]?, kept: KeptBatches, inbox: SubscriberInbox) {
        while true {
            for command in inbox.take() {
                if case .stop = command { return }
            }
            _ = ZMQPoll.wait([socket], wakeUp: inbox.wakeUp, milliseconds: -1)
            while let request = socket.receive() {
                answer(request, on: socket, topic: topic, kept: kept)
            }
        }
    }

    private static func answer(_ request: [[UInt8]], on socket: ZMQSocket, topic: [UInt8]?, kept: KeptBatches) {
        guard request.count == 3, request[1].isEmpty, var next = KVEventFrames.sequence(request[2]) else { return }
        let head = [request[0], []]
        while true {
            let (batches, rest) = kept.batches(from: next, limit: batchesReadMax)
            for (sequence, payload) in batches {
                socket.send(head + (topic.map { [$0] } ?? []) + [KVEventFrames.sequenceBytes(sequence), payload])
            }
            guard let rest else { break }
            next = rest
        }
        socket.send(head + (topic == nil ? [] : [[]]) + [KVEventFrames.endMarker, []])
    }

    func stop() {
        inbox.put(.stop)
        thread.join()
    }
}
