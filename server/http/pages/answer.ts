import type { Context } from 'hono';
import type { StatusCode } from 'hono/utils/http-status';
import { acceptedEncoding } from '../accepted-encoding.ts';
import type { Content } from './content.ts';

/** Answers a file of the pages, in the encoding that the client wants. */
export async function answerContent(
  context: Context,
  content: Content,
  cacheControl: string,
  status: StatusCode = 200,
): Promise<Response> {
  const { type, encodings } = content;
  const encoding = acceptedEncoding(context, encodings);
  const bytes = await content.in(encoding);
  context.status(status);
  return context.body(bytes, {
    headers: {
      'content-type': type,
      'content-length': String(bytes.length),
      'cache-control': cacheControl,
      ...(encodings.length > 0 && { vary: 'accept-encoding' }),
      ...(encoding !== 'identity' && { 'content-encoding': encoding }),
    },
  });
}
