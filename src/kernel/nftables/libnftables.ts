import { PortolanError } from '../../lib/index.ts'

/** Output as JSON, and without the elements of sets: libnftables(3), nft_ctx_output_set_flags(). */
const OUTPUT_JSON = 1 << 4
const OUTPUT_TERSE = 1 << 11

/** One context of libnftables(3): nft in this process, in the network namespace of the thread that opens it. */
export interface Libnftables {
  /** Runs commands in nft's language. `error` is undefined when they succeeded. Blocks until the kernel has answered. */
  run(commands: string): { readonly output: string; readonly error: string | undefined }
}

/**
 * Opens the library that `nft` itself is a thin shell around. It answers a small transaction in a third of a millisecond
 * where starting the program costs five. Throws NoLibnftables when it isn't installed or can't be loaded.
 */
export async function openLibnftables(): Promise<Libnftables> {
  try {
    const { default: ffi } = await import('node:ffi')
    const { functions } = ffi.dlopen('libnftables.so.1', {
      nft_ctx_new: { arguments: ['u32'], return: 'pointer' },
      nft_ctx_buffer_output: { arguments: ['pointer'], return: 'i32' },
      nft_ctx_buffer_error: { arguments: ['pointer'], return: 'i32' },
      nft_ctx_get_output_buffer: { arguments: ['pointer'], return: 'pointer' },
      nft_ctx_get_error_buffer: { arguments: ['pointer'], return: 'pointer' },
      nft_ctx_output_set_flags: { arguments: ['pointer', 'u32'], return: 'void' },
      nft_run_cmd_from_buffer: { arguments: ['pointer', 'buffer'], return: 'i32' },
    })
    const context = functions['nft_ctx_new']!(0)
    functions['nft_ctx_buffer_output']!(context)
    functions['nft_ctx_buffer_error']!(context)
    functions['nft_ctx_output_set_flags']!(context, OUTPUT_JSON | OUTPUT_TERSE)
    return {
      run(commands) {
        const code = functions['nft_run_cmd_from_buffer']!(context, Buffer.from(`${commands}\0`))
        const output = ffi.toString(functions['nft_ctx_get_output_buffer']!(context) as bigint) ?? ''
        const error = ffi.toString(functions['nft_ctx_get_error_buffer']!(context) as bigint) ?? ''
        return { output, error: code === 0 ? undefined : error.trim() || 'nft failed without saying why' }
      },
    }
  } catch (error) {
    throw new PortolanError('NoLibnftables', 'libnftables.so.1 cannot be loaded; install the Debian package libnftables1', {
      cause: error,
    })
  }
}
