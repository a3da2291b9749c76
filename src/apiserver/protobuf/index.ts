export { decodeProtobuf } from './decode.ts'
export { omitEmpty } from './omit-empty.ts'
