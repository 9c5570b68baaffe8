// The transport port: outbound mail to a smarthost.

export interface OutboundMessage {
  /** Envelope sender. */
  readonly from: string
  readonly recipients: readonly string[]
  readonly source: AsyncIterable<Uint8Array>
  readonly bytes: number
}

/** Per recipient: taken, refused for good, or worth another try. `reply` is the server's line, without content of the message. */
export type DeliveryReport = ReadonlyMap<string, { readonly outcome: 'sent' | 'refused' | 'later'; readonly reply: string }>

export interface Transport {
  /** Never rejects for a reason that lies with the smarthost: that is `later` for every recipient. */
  send(message: OutboundMessage, signal: AbortSignal): Promise<DeliveryReport>
}
