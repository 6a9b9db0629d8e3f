import Glibc
import NIOPosix

/// The addresses behind a host name, as the system's resolver gives them.
enum HostAddresses {
    /// IPv4 addresses in text, sorted, each once; empty where the name is not known or nobody answers. An address in
    /// text stands for itself. The link listens on IPv4 alone.
    static func resolve(_ host: String) async -> [String] {
        // The resolver blocks: seconds, where a name server is silent.
        let found = try? await NIOThreadPool.singleton.runIfActive { lookUp(host) }
        return found ?? []
    }

    private static func lookUp(_ host: String) -> [String] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_INET
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var addresses: Set<String> = []
        var next = unsafe list
        while let entry = unsafe next {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let status = unsafe getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0,
                NI_NUMERICHOST)
            if status == 0 {
                addresses.insert(
                    String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
            }
            unsafe next = entry.pointee.ai_next
        }
        return addresses.sorted()
    }
}
