/// The quick way through events as engines write nearly all of them; whatever is not just so takes the long way.
///
/// The reads below stay in bounds: `RawSpan` checks each, and nothing is stored before the whole event was read.
extension KVEventRows {
    /// Reads an event of the ordinary kind into a row and answers where it ends; nil, with nothing changed, for others.
    mutating func readPlain(_ payload: [UInt8], from start: Int) -> Int? {
        let bytes = unsafe payload.span.bytes
        let (nameCount, tokenCount) = (names.count, tokenCount)
        var at = start
        var row = Row(kind: .other)
        row.firstName = UInt32(truncatingIfNeeded: nameCount)
        row.firstToken = UInt32(truncatingIfNeeded: tokenCount)
        guard bytes.byteCount - at > 1, nameCount < 1 << 30, tokenCount < 1 << 30 else { return nil }
        let head = bytes.byte(at)
        let isRead =
            switch head & 0xF0 {
            case 0x80: readMembers(Int(head & 15), bytes, &at, &row)
            case 0x90: readElements(Int(head & 15), bytes, &at, &row)
            default: false
            }
        guard isRead, row.kind != .other else {
            names.removeSubrange(nameCount...)
            self.tokenCount = tokenCount
            return nil
        }
        rows.append(row)
        return at
    }

    private mutating func readMembers(_ count: Int, _ bytes: RawSpan, _ at: inout Int, _ row: inout Row) -> Bool {
        at += 1
        var seen: UInt32 = 0
        for _ in 0..<count {
            guard let field = PlainField(bytes, &at), readValue(field, bytes, &at, &row) else { return false }
            // A field told twice is not ordinary.
            guard seen & 1 << UInt32(field.rawValue) == 0 else { return false }
            seen |= 1 << UInt32(field.rawValue)
        }
        return row.isWhole(seen)
    }

    private mutating func readElements(_ count: Int, _ bytes: RawSpan, _ at: inout Int, _ row: inout Row) -> Bool {
        at += 1
        guard count > 0, readValue(.kind, bytes, &at, &row) else { return false }
        var seen: UInt32 = 1
        for index in 1..<max(1, count) {
            guard let field = PlainField(at: index, of: row.kind) else { return false }
            if index > 10 {
                guard row.kind == .stored, index == 11, bytes.skipNull(&at) else { return false }
                continue
            }
            guard readValue(field, bytes, &at, &row) else { return false }
            seen |= 1 << UInt32(field.rawValue)
        }
        return row.isWhole(seen)
    }

    private mutating func readValue(
        _ field: PlainField, _ bytes: RawSpan, _ at: inout Int, _ row: inout Row
    ) -> Bool {
        switch field {
        case .kind: return row.readKind(bytes, &at)
        case .blockHashes:
            guard let count = readNames(bytes, &at) else { return false }
            row.nameCount = count
        case .parent:
            if bytes.skipNull(&at) { return true }
            guard let name = bytes.name(&at) else { return false }
            (row.parent, row.hasParent) = (name, true)
        case .tokens:
            guard let count = readTokens(bytes, &at) else { return false }
            row.tokenCount = count
        case .blockSize:
            guard let size = bytes.smallNumber(&at) else { return false }
            row.blockSize = size
        case .group:
            if bytes.skipNull(&at) { return true }
            guard let group = bytes.smallNumber(&at) else { return false }
            row.group = Int32(group)
        case .adapterNumber, .adapterName: return bytes.skipNull(&at)
        case .medium: return bytes.skipNull(&at) || bytes.skipText("GPU", &at)
        case .specKind: return bytes.skipNull(&at) || bytes.skipText("full_attention", &at)
        case .extraKeys: return bytes.skipNulls(&at)
        }
        return true
    }

    private mutating func readNames(_ bytes: RawSpan, _ at: inout Int) -> UInt32? {
        guard let count = bytes.arrayCount(&at), count <= KVEventBatch.blocksMax else { return nil }
        for _ in 0..<count {
            guard let name = bytes.name(&at) else { return nil }
            names.append(name)
        }
        return UInt32(count)
    }

    private mutating func readTokens(_ bytes: RawSpan, _ at: inout Int) -> UInt32? {
        // Each has a byte at least, so that a count alone reserves nothing.
        guard let count = bytes.arrayCount(&at), count <= bytes.byteCount - at else { return nil }
        let start = tokenCount
        let end = start + count
        if end > tokens.count {
            tokens += repeatElement(0, count: max(end - tokens.count, tokens.count))
        }
        var out = tokens.mutableSpan
        for place in start..<end {
            guard at + 8 <= bytes.byteCount else { return nil }
            let word = UInt64(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
            let tag = word >> 56
            if tag == 0xCD || tag == 0xCE {
                // Two or four bytes, as often the one as the other: without a branch.
                let isWide = tag & 2
                out[place] = UInt32(truncatingIfNeeded: (word << 8) >> (48 - isWide &* 8))
                at += 3 + Int(isWide)
            } else if tag < 0x80 {
                out[place] = UInt32(tag)
                at += 1
            } else if tag == 0xCC {
                out[place] = UInt32(truncatingIfNeeded: word >> 48 & 0xFF)
                at += 2
            } else {
                return nil
            }
        }
        tokenCount = end
        return UInt32(count)
    }
}

extension KVEventRows.Row {
    /// Whether the fields that were seen make an event of its kind.
    fileprivate func isWhole(_ seen: UInt32) -> Bool {
        func has(_ field: PlainField) -> Bool { seen & 1 << UInt32(field.rawValue) != 0 }
        switch kind {
        case .stored: return has(.blockHashes) && has(.tokens) && has(.blockSize) && tokenCount > 0
        case .removed: return has(.blockHashes) && !has(.parent) && !has(.tokens) && !has(.extraKeys)
        case .cleared: return seen == 1
        case .other: return false
        }
    }

    fileprivate mutating func readKind(_ bytes: RawSpan, _ at: inout Int) -> Bool {
        if bytes.skipText("BlockRemoved", &at) {
            kind = .removed
        } else if bytes.skipText("BlockStored", &at) {
            kind = .stored
        } else if bytes.skipText("AllBlocksCleared", &at) {
            kind = .cleared
        } else {
            return false
        }
        return true
    }
}

/// The fields that ordinary events have, in the order of the array form.
private enum PlainField: UInt8 {
    case kind, blockHashes, parent, tokens, blockSize, adapterNumber, medium, adapterName, extraKeys, group, specKind

    /// The field whose name begins here; it is passed over.
    @inline(__always) init?(_ bytes: RawSpan, _ at: inout Int) {
        guard at < bytes.byteCount else { return nil }
        switch bytes.byte(at) {
        case 0xA0 | 4 where bytes.skipText("type", &at): self = .kind
        case 0xA0 | 12 where bytes.skipText("block_hashes", &at): self = .blockHashes
        case 0xA0 | 17 where bytes.skipText("parent_block_hash", &at): self = .parent
        case 0xA0 | 9 where bytes.skipText("token_ids", &at): self = .tokens
        case 0xA0 | 9 where bytes.skipText("group_idx", &at): self = .group
        case 0xA0 | 9 where bytes.skipText("lora_name", &at): self = .adapterName
        case 0xA0 | 10 where bytes.skipText("block_size", &at): self = .blockSize
        case 0xA0 | 10 where bytes.skipText("extra_keys", &at): self = .extraKeys
        case 0xA0 | 7 where bytes.skipText("lora_id", &at): self = .adapterNumber
        case 0xA0 | 6 where bytes.skipText("medium", &at): self = .medium
        case 0xA0 | 18 where bytes.skipText("kv_cache_spec_kind", &at): self = .specKind
        default: return nil
        }
    }

    /// The field at a place of the array form.
    init?(at index: Int, of kind: KVEventRows.Kind) {
        switch kind {
        case .stored: self.init(rawValue: UInt8(min(index, 10)))
        case .removed:
            switch index {
            case 1: self = .blockHashes
            case 2: self = .medium
            case 3: self = .group
            default: return nil
            }
        case .cleared, .other: return nil
        }
    }
}

extension RawSpan {
    @inline(__always) fileprivate func byte(_ at: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: at, as: UInt8.self)
    }

    @inline(__always) fileprivate func skipNull(_ at: inout Int) -> Bool {
        guard at < byteCount, byte(at) == 0xC0 else { return false }
        at += 1
        return true
    }

    /// Passes over a short string if it is this one.
    @inline(__always) fileprivate func skipText(_ text: StaticString, _ at: inout Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard byteCount - at > count, byte(at) == 0xA0 | UInt8(count) else { return false }
        var place = 0
        while place + 8 <= count {
            let told = unsafe unsafeLoadUnaligned(fromByteOffset: at + 1 + place, as: UInt64.self)
            let wanted = unsafe UnsafeRawPointer(text.utf8Start).loadUnaligned(fromByteOffset: place, as: UInt64.self)
            if told != wanted { return false }
            place += 8
        }
        while place < count {
            let wanted = unsafe text.utf8Start[place]
            if byte(at + 1 + place) != wanted { return false }
            place += 1
        }
        at += 1 + count
        return true
    }

    /// A number of 0...`Int32.max`.
    fileprivate func smallNumber(_ at: inout Int) -> UInt32? {
        guard at < byteCount else { return nil }
        let tag = byte(at)
        let (value, count): (UInt32, Int)
        switch tag {
        case 0..<0x80: (value, count) = (UInt32(tag), 1)
        case 0xCC where byteCount - at > 1: (value, count) = (UInt32(byte(at + 1)), 2)
        case 0xCD where byteCount - at > 2:
            (value, count) = (UInt32(byte(at + 1)) << 8 | UInt32(byte(at + 2)), 3)
        default: return nil
        }
        at += count
        return value
    }

    fileprivate func arrayCount(_ at: inout Int) -> Int? {
        guard at < byteCount else { return nil }
        let tag = byte(at)
        if tag & 0xF0 == 0x90 {
            at += 1
            return Int(tag & 15)
        }
        guard tag == 0xDC, byteCount - at > 2 else { return nil }
        defer { at += 3 }
        return Int(byte(at + 1)) << 8 | Int(byte(at + 2))
    }

    /// The name of a block: an integer of eight bytes, as nearly all are, or a digest's last eight.
    @inline(__always) fileprivate func name(_ at: inout Int) -> UInt64? {
        guard at < byteCount else { return nil }
        let tag = byte(at)
        if tag == 0xCF || tag == 0xD3, byteCount - at > 8 {
            defer { at += 9 }
            return UInt64(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: at + 1, as: UInt64.self))
        }
        guard tag == 0xC4, byteCount - at > 1, byte(at + 1) == 32, byteCount - at >= 34 else { return nil }
        defer { at += 34 }
        return UInt64(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: at + 26, as: UInt64.self))
    }

    /// Passes over nil, or a list of nothing else.
    fileprivate func skipNulls(_ at: inout Int) -> Bool {
        if skipNull(&at) { return true }
        guard let count = arrayCount(&at), count <= byteCount - at else { return false }
        for place in at..<at + count where byte(place) != 0xC0 { return false }
        at += count
        return true
    }
}
