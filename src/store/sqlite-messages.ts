import type { StoreErrorCode } from './errors.ts'

/** What the store says to its writer. */
export type Message =
  | {
      readonly type: 'append'
      readonly rows: readonly {
        readonly row: number
        readonly revision: number
        readonly key: string
        readonly deleted: boolean
        readonly length: number
      }[]
      /** The values, one after the other: one piece of memory that changes hands instead of being copied. */
      readonly bytes: Uint8Array<ArrayBuffer>
    }
  | { readonly type: 'forget'; readonly rows: readonly number[]; readonly compacted: number }
  | { readonly type: 'close' }

/** One for each message, in order; and one more, the first, when the file is open. */
export interface Answer {
  readonly error?: { readonly code: StoreErrorCode; readonly message: string }
}
