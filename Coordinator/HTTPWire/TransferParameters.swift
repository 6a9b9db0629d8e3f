/// The `kv_transfer_params` object that tells a decode engine where a prompt's cache is.
///
/// 1. What a prefill engine answered with is relayed byte for byte or not at all; nothing is decoded.
/// 2. An object for a decode engine always has every member that the engine reads without asking.
package enum TransferParameters {
    /// Members a decode engine indexes without looking whether they are there: without one of them its process dies.
    private static let required = ["remote_engine_id", "remote_block_ids", "remote_host", "remote_port"]

    private static let question =
        "{\"do_remote_decode\":true,\"do_remote_prefill\":false,\"remote_engine_id\":null,\"remote_block_ids\":null,"
        + "\"remote_host\":null,\"remote_port\":null"

    /// What a prefill engine is asked with that answers with the object.
    package static let prefill = Array("\(question)}".utf8)

    /// What a prefill engine is asked with that may know the transfer by this id instead. Engines that answer with the
    /// object pass over the id.
    package static func prefill(transferID: String) -> [UInt8] {
        Array("\(question),\"transfer_id\":".utf8) + JSONText.quoted(transferID) + [UInt8(ascii: "}")]
    }

    /// What a decode engine is sent to meet the prefill engine at its bootstrap server under an id that both know.
    package static func decode(transferID: String, engineID: String, bootstrap: String) -> [UInt8] {
        var object = Array("{\"do_remote_decode\":false,\"do_remote_prefill\":true,\"transfer_id\":".utf8)
        object += JSONText.quoted(transferID)
        object += Array(",\"remote_engine_id\":".utf8) + JSONText.quoted(engineID)
        object += Array(",\"remote_bootstrap_addr\":".utf8) + JSONText.quoted(bootstrap)
        return object + [UInt8(ascii: "}")]
    }

    /// The object of a prefill response, as written, when it is whole; nil when it is absent or null, or when a member
    /// of it is.
    package static func object(in response: Span<UInt8>) -> [UInt8]? {
        guard let members = try? JSONMembers.scan(response), let member = members[.kvTransferParams],
            member.kind == .object
        else { return nil }
        var missing = Set(required)
        var cursor = JSONCursor(member.value)
        while let (name, value) = cursor.member(in: response) {
            guard response[value.lowerBound] != UInt8(ascii: "n") else { continue }
            for known in missing where JSONText.isName(known, name, in: response) { missing.remove(known) }
        }
        return missing.isEmpty ? response.extracting(member.value).copied : nil
    }
}
