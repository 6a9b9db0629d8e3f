/// Why a key or a certificate could not be made or read: one sentence.
package struct CertificateError: Error, Hashable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }

    static func make(_ what: String) -> CertificateError {
        CertificateError("libcrypto could not make \(what); check the OpenSSL installation of this machine")
    }

    static func read(_ what: String) -> CertificateError { CertificateError("\(what) is not PEM that libcrypto reads") }
}
