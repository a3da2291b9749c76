import { PortolanError } from '../lib/index.ts'

/** Where root file systems come from. */
export interface Images {
  /** Rejects with an {@link ImageError} when there is no such image; looking may mean pulling. */
  get(reference: string, options?: GetOptions, signal?: AbortSignal): Promise<Image>
}

export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never'

export interface GetOptions {
  /** IfNotPresent when left out. */
  readonly policy?: PullPolicy
  /** Texts of `.dockerconfigjson` files that may know a password for the registry; asked for when there is something to pull. */
  readonly dockerConfigs?: () => Promise<readonly string[]>
  /** Told before a registry is asked. What it throws keeps that from happening. */
  readonly onPull?: () => void
}

export interface Image {
  /** How the image is called in a container's status. */
  readonly reference: string
  readonly id: string
  /** Bytes of its layers, as they are carried. */
  readonly size: number
  /** Folders for an overlay, uppermost first. */
  readonly layers: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly workingDir: string
  /** `uid[:gid]`, or empty for root. */
  readonly user: string
  /** The name by which the image calls that user; empty when it is a number. */
  readonly userName: string
}

export type ImageErrorCode =
  | 'ErrImagePull'
  | 'ImagePullBackOff'
  | 'InvalidImageName'
  | 'ErrImageNeverPull'
  | 'CreateContainerError'

/** `code` is the reason a container waits with. */
export class ImageError extends PortolanError {
  declare readonly code: ImageErrorCode

  constructor(code: ImageErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
    this.name = 'ImageError'
  }
}

/** The image says who its program runs as, and nobody in it is called so. */
export class UnknownUser extends PortolanError {
  constructor(message: string) {
    super('UnknownUser', message)
    this.name = 'UnknownUser'
  }
}

/** Content that is damaged, hostile or of a kind that isn't understood. */
export class BadImage extends PortolanError {
  constructor(message: string) {
    super('BadImage', message)
    this.name = 'BadImage'
  }
}
