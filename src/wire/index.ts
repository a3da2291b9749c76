export type { Handler, Headers, HttpRequest, HttpResponse } from './http.ts'
export { readBody } from './http.ts'
export {
  type Channel,
  CHANNEL_PROTOCOLS,
  type ChannelMessage,
  decodeChannel,
  encodeChannel,
  exitStatus,
  failureStatus,
  parseTerminalSize,
} from './channels.ts'
export { isWithin, lowerCase, nameKey, type NameKey, nameOf, parentOf } from './dns-names.ts'
export { HEADER, MAX_MESSAGE, RCODE, rcodeName, TYPE, typeName } from './dns-numbers.ts'
export { type DnsQuery, parseQuery } from './dns-query.ts'
export { type DnsRecord, type EncodedSections, encodeSections } from './dns-records.ts'
export { type DnsReply, encodeRefusal, encodeReply, failure, udpLimit } from './dns-reply.ts'
export { recordAt, type RecordPlace } from './dns-walk.ts'
export { encodeOpenapiV2 } from './openapi-v2.ts'
export { serveSpdy, type SpdyStream } from './spdy.ts'
