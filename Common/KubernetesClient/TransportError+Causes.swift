import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

extension TransportError {
    /// The sentence for an error of the HTTP client; errors that are sentences already, and cancellation, stay.
    static func describing(_ error: any Error, server: String) -> any Error {
        switch error {
        case is CancellationError, is TransportError, is ConfigurationError: return error
        case let error as NIOConnectionError:
            return TransportError("cannot reach \(server): \(cause(of: error)); is it running?", fate: .notSent)
        case let error as IOError where unreachable.contains(error.errnoCode):
            return TransportError("cannot reach \(server): \(cause(of: error)); is it running?", fate: .notSent)
        case let error as NIOSSLError:
            return tls(error, server: server)
        case is NIOSSLExtraError:
            return TransportError(
                "\(server) has a certificate for another name; use the name it was made for, or set tls-server-name",
                fate: .refused)
        case let error as HTTPClientError:
            return describing(error, server: server)
        case is NIOTooManyBytesError:
            return TransportError(
                "\(server) answered with more than \(Transport.bodyBytesMax) bytes; ask for fewer objects",
                fate: .refused)
        default:
            return TransportError("the connection to \(server) broke: \(error)", fate: .unknown)
        }
    }

    private static func describing(_ error: HTTPClientError, server: String) -> any Error {
        if Task.isCancelled, error == .cancelled { return CancellationError() }
        if [.connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout].contains(error) {
            return TransportError("cannot reach \(server): no connection in time; is it running?", fate: .notSent)
        }
        if error == .alreadyShutdown { return TransportError("the client of \(server) is shut down", fate: .refused) }
        return TransportError("the connection to \(server) broke: \(error)", fate: .unknown)
    }

    private static func tls(_ error: NIOSSLError, server: String) -> TransportError {
        if case .handshakeFailed(let cause) = error {
            let text = String(describing: cause)
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                return TransportError(
                    "\(server) has a certificate that the configured authority did not sign; "
                        + "check certificate-authority in the kubeconfig file", fate: .refused)
            }
            return TransportError("no TLS with \(server): \(text); does it speak https?", fate: .refused)
        }
        return TransportError("the TLS connection to \(server) broke: \(error)", fate: .unknown)
    }

    private static func cause(of error: NIOConnectionError) -> String {
        if error.dnsAError != nil || error.dnsAAAAError != nil, error.connectionErrors.isEmpty {
            return "its name cannot be resolved"
        }
        guard let first = error.connectionErrors.first?.error else { return "no connection" }
        guard let system = first as? IOError else { return "no connection in time" }
        return cause(of: system)
    }

    /// Errors of the system that come before any byte is sent.
    private static let unreachable: Set<CInt> = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH]

    private static func cause(of error: IOError) -> String {
        switch error.errnoCode {
        case ECONNREFUSED: "connection refused"
        case EHOSTUNREACH, ENETUNREACH: "there is no route to it"
        case ETIMEDOUT: "no connection in time"
        default: "error \(error.errnoCode) of the system"
        }
    }
}
