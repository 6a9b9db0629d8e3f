import CEpoll
import Glibc

/// An IP address of either family with a port.
struct StreamAddress {
    private var raw: stream_address

    /// Nil where the text is no address; names are not looked up.
    init?(_ host: String, port: Int) {
        raw = unsafe stream_address_of(host, CInt(port))
        guard raw.length > 0 else { return nil }
    }

    /// A new socket that fits the address, or -1.
    mutating func socket() -> CInt { stream_socket(unsafe stream_family(&raw)) }

    /// Whether connecting is done or under way; `errno` says why not.
    mutating func connect(_ descriptor: CInt) -> Bool {
        unsafe stream_connect(descriptor, &raw) == 0 || errno == EINPROGRESS
    }

    mutating func bind(_ descriptor: CInt) -> Bool { unsafe stream_bind(descriptor, &raw) == 0 }
}
