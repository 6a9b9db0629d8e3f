/// The client's side of an exchange: where the bytes of its answer go, and who hears of its end.
///
/// 1. The bytes are one response as HTTP/1.1 writes it, head and framing included, in pieces cut anywhere; a front of
///    another protocol reads them as such.
/// 2. `exchangeEnded` or `exchangeBroke` comes once, and nothing of the exchange after it.
/// 3. In turn the front tells the exchange when the client takes no more (`clientWritable`), when it is gone
///    (`cancel`), and what time it is (`tick`).
protocol ExchangeFront: AnyObject {
    /// Sends two pieces, one behind the other; they are valid during the call.
    func write(_ first: Span<UInt8>, _ second: Span<UInt8>)
    /// The answer is written; `keepsAlive` says whether the connection may carry another one.
    func exchangeEnded(_ exchange: Exchange, keepsAlive: Bool)
    /// The answer broke off in the middle, which the client has to notice.
    func exchangeBroke(_ exchange: Exchange)
}

extension ExchangeFront {
    func write(_ bytes: [UInt8]) { write(bytes.span, Span()) }
}
