import AgentLink
import Glibc
import ServiceLifecycle
import Synchronization
import Testing

/// Plain sockets on loopback.
enum Loopback {
    static func port(of endpoint: String) throws -> UInt16 {
        let colon = try #require(endpoint.lastIndex(of: ":"))
        return try #require(UInt16(endpoint[endpoint.index(after: colon)...]))
    }

    static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    static func connect(_ port: UInt16) -> Int32 {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = address(port)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe Glibc.connect(file, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), size)
        }
        if result == 0 { return file }
        close(file)
        return -1
    }

    /// Connects, writes and hangs up.
    static func send(_ bytes: [UInt8], to endpoint: String) throws {
        let file = connect(try port(of: endpoint))
        try #require(file >= 0)
        unsafe _ = write(file, bytes, bytes.count)
        close(file)
    }
}

/// Passes bytes between an agent and a coordinator, and can be cut.
final class TCPRelay: Service {
    private struct State {
        /// Client's and server's file of every open connection.
        var pairs: [(Int32, Int32)] = []
        var isOpen = true
    }

    let endpoint: String
    private let target: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    init(to endpoint: String) throws {
        target = try Loopback.port(of: endpoint)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = Loopback.address(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            let pointer = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            guard let pointer = unsafe pointer, unsafe bind(listener, pointer, size) == 0 else { return -1 }
            return unsafe getsockname(listener, pointer, &size)
        }
        try #require(bound == 0)
        try #require(listen(listener, 16) == 0)
        _ = fcntl(listener, F_SETFL, O_NONBLOCK)
        self.endpoint = "tcp://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    }

    /// New connections are passed on; otherwise they are accepted and dropped.
    var isOpen: Bool {
        get { state.withLock { $0.isOpen } }
        set { state.withLock { $0.isOpen = newValue } }
    }

    func breakConnections() {
        state.withLock { state in
            for (client, server) in state.pairs {
                close(client)
                close(server)
            }
            state.pairs = []
        }
    }

    func run() async throws {
        while !Task.isCancelled {
            state.withLock { state in
                let client = accept(listener, nil, nil)
                if client >= 0 { Self.take(client, &state, target) }
                state.pairs.removeAll { pair in
                    if Self.pass(pair.0, pair.1), Self.pass(pair.1, pair.0) { return false }
                    close(pair.0)
                    close(pair.1)
                    return true
                }
            }
            try? await Task.sleep(for: .milliseconds(1))
        }
        breakConnections()
        close(listener)
    }

    private static func take(_ client: Int32, _ state: inout State, _ target: UInt16) {
        let server = state.isOpen ? Loopback.connect(target) : -1
        guard server >= 0 else {
            close(client)
            return
        }
        for file in [client, server] { _ = fcntl(file, F_SETFL, O_NONBLOCK) }
        state.pairs.append((client, server))
    }

    /// Moves what waits; false when either side has hung up.
    private static func pass(_ from: Int32, _ to: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(from, &bytes, bytes.count, 0)
        if count == 0 { return false }
        if count < 0 { return errno == EAGAIN }
        var sent = 0
        while sent < count {
            let part = Array(bytes[sent..<count])
            let written = unsafe Glibc.send(to, part, part.count, Int32(MSG_NOSIGNAL))
            if written > 0 { sent += written } else if errno != EAGAIN { return false }
        }
        return true
    }
}
