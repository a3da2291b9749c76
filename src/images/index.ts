/** Images: kept by their content, loaded from archives, pulled from registries. */
export { type GetOptions, type Image, ImageError, type ImageErrorCode, type Images, type PullPolicy } from './image.ts'
export { loadImages } from './load.ts'
export { linuxOn } from './manifest.ts'
export { storedImages } from './provider.ts'
export { parseReference } from './reference.ts'
export { accountOf } from './user.ts'
export { createImageStore, type ImageStore, type Named } from './store.ts'
