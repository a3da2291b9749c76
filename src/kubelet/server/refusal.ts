import { PortolanError } from '../../lib/index.ts'

/** An answer that says no. */
export class Refusal extends PortolanError {
  readonly status: number

  constructor(status: number, message: string) {
    super('Refused', message)
    this.name = 'Refusal'
    this.status = status
  }
}
