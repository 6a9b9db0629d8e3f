import Gateway
import Logging
import ServiceLifecycle
import Synchronization
import SystemFiles

/// Hands the gateway the certificate of the router's own port from two files, usually a mounted Secret, whenever they
/// change. Files that cannot be used leave the certificate before in force, and are told once. The program does not
/// start with files that cannot be used.
final class CertificateFiles: Service {
    /// How often the files are looked at; a Secret takes up to a minute to reach the mount anyway.
    static let period = Duration.seconds(1)

    private let certificate: String
    private let key: String
    private let gateway: Gateway
    private let logger: Logger
    /// What the files were when they were read last, or why one could not be read.
    private let seen = Mutex<Content?>(nil)

    private enum Content: Hashable {
        case pair(certificate: [UInt8], key: [UInt8])
        case unreadable(String)
    }

    init(certificate: String, key: String, gateway: Gateway, logger: Logger) {
        self.certificate = certificate
        self.key = key
        self.gateway = gateway
        self.logger = logger
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.period)
                self.look()
            }
        }
    }

    /// The program was to start with files that cannot be used.
    struct Unusable: Error, CustomStringConvertible {
        var description: String
    }

    /// Takes the files as the program starts.
    func begin() throws {
        let content = read()
        seen.withLock { $0 = content }
        do {
            try take(content)
        } catch {
            throw Unusable(description: "\(sentence(error)); mend them, or start without --tls-cert and --tls-key")
        }
    }

    /// Reads the files and takes what changed. Content decides, not times: a mount swaps whole folders.
    func look() {
        let content = read()
        let before = seen.withLock { seen in
            defer { seen = content }
            return seen
        }
        guard before != content else { return }
        do {
            try take(content)
        } catch {
            logger.error(
                "Keeping the certificate, because the new files cannot be used",
                metadata: ["problem": .string(sentence(error))])
        }
    }

    private func sentence(_ error: any Error) -> String {
        "The certificate \(certificate) with the key \(key) cannot be used: \(error)"
    }

    private func take(_ content: Content) throws {
        switch content {
        case .unreadable(let reason): throw Unusable(description: reason)
        case .pair(let certificate, let key):
            try gateway.update(certificate: certificate, key: key)
            logger.info("Took the certificate", metadata: ["path": .string(self.certificate)])
        }
    }

    private func read() -> Content {
        do {
            return .pair(
                certificate: try Files.read(certificate), key: try Files.read(key))
        } catch {
            return .unreadable(error.description)
        }
    }
}
