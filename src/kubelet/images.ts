import { PortolanError } from '../lib/index.ts'

/** Where root file systems come from. */
export interface Images {
  /** Rejects with an {@link ImageError} when there is no such image; looking may mean pulling. */
  get(reference: string, signal?: AbortSignal): Promise<Image>
}

export interface Image {
  /** How the image is called in a container's status. */
  readonly reference: string
  readonly id: string
  /** Folders for an overlay, uppermost first. */
  readonly layers: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly workingDir: string
  /** `uid[:gid]`, or empty for root. */
  readonly user: string
}

/** `code` is the reason a container waits with: ErrImagePull, InvalidImageName. */
export class ImageError extends PortolanError {
  constructor(code: 'ErrImagePull' | 'InvalidImageName', message: string) {
    super(code, message)
    this.name = 'ImageError'
  }
}

/** The reserved name of the image that is the host itself. */
const HOST = 'host'

/**
 * The one image that needs no registry: the host's own files, read-only below whatever a container writes. `path` is
 * where its programs are looked for. Every other image is somebody else's: `others`.
 */
export function hostImages(path: string, others?: Images): Images {
  const host: Image = {
    reference: HOST,
    id: HOST,
    layers: ['/'],
    env: { PATH: path },
    entrypoint: [],
    command: [],
    workingDir: '/',
    user: '',
  }
  return {
    async get(reference, signal) {
      if (reference === HOST || reference === `${HOST}:latest`) return host
      if (others) return others.get(reference, signal)
      throw new ImageError(
        'ErrImagePull',
        `no image "${reference}" on this node; the image "${HOST}" is the machine's own programs`,
      )
    },
  }
}
