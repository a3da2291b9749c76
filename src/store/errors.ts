import { PortolanError } from '../lib/index.ts'

export type StoreErrorCode =
  /** A key isn't at the revision that the writer expected. */
  | 'conflict'
  /** The history that was asked for is forgotten. */
  | 'compacted'
  /** No room: the disk, or what the file may grow to. */
  | 'full'
  /** The file is damaged, or no store at all. */
  | 'damaged'
  /** Another process has the file open. */
  | 'in-use'
  /** Closed, or its writer has died. */
  | 'unavailable'

export class StoreError extends PortolanError {
  declare readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
    this.name = 'StoreError'
  }
}

export const isStoreError = (error: unknown, code: StoreErrorCode): error is StoreError =>
  error instanceof StoreError && error.code === code
