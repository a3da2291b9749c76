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
