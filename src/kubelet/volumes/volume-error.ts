import { PortolanError } from '../../lib/index.ts'

/** A volume that can't be had yet; the Pod waits, and an Event `FailedMount` says why. */
export class VolumeError extends PortolanError {
  constructor(message: string) {
    super('FailedMount', message)
    this.name = 'VolumeError'
  }
}
