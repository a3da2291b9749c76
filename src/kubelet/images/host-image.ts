import { type Image, ImageError, type Images } from '../../images/index.ts'

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
    size: 0,
    layers: ['/'],
    env: { PATH: path },
    entrypoint: [],
    command: [],
    workingDir: '/',
    user: '',
    userName: '',
  }
  return {
    async get(reference, options = {}, signal) {
      if (reference === HOST || reference === `${HOST}:latest`) return host
      if (others) return others.get(reference, options, signal)
      options.onPull?.()
      throw new ImageError(
        'ErrImagePull',
        `no image "${reference}" on this node; the image "${HOST}" is the machine's own programs`,
      )
    },
  }
}
