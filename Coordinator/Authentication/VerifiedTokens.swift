import Crypto
import Governance

/// Tokens that were verified, by their hash, so that each is verified once.
///
/// 1. A token is forgotten when it expires, at the latest.
/// 2. There are never more than `tokensMax`; those not seen for longest leave first, in two halves.
struct VerifiedTokens {
    struct Entry {
        var caller: Caller
        /// Seconds since 1970.
        var expiresAt: Double
    }

    private var young: [SHA256Digest: Entry] = [:]
    private var old: [SHA256Digest: Entry] = [:]
    private let halfMax: Int

    init(tokensMax: Int) { halfMax = max(1, tokensMax / 2) }

    var count: Int { young.count + old.count }

    mutating func find(_ digest: SHA256Digest, now: Double) -> Caller? {
        if let entry = young[digest] { return entry.expiresAt > now ? entry.caller : nil }
        guard let entry = old.removeValue(forKey: digest), entry.expiresAt > now else { return nil }
        insert(entry, for: digest)
        return entry.caller
    }

    mutating func insert(_ entry: Entry, for digest: SHA256Digest) {
        if young.count >= halfMax {
            old = young
            young = [:]
        }
        young[digest] = entry
    }

    mutating func removeAll() {
        young = [:]
        old = [:]
    }
}
