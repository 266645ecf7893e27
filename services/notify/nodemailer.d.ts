/** Types for what is used of the nodemailer package, which comes without any. */

declare module "nodemailer" {
  interface TransportOptions {
    host: string;
    port: number;
    /** TLS from the first octet. */
    secure: boolean;
    /** STARTTLS where it is offered, and in clear where it then fails. */
    opportunisticTLS: boolean;
    tls: { rejectUnauthorized: boolean };
    /** Milliseconds. */
    connectionTimeout: number;
    greetingTimeout: number;
    socketTimeout: number;
    /** What it calls itself. */
    name?: string;
  }

  interface Message {
    from: string;
    to: string[];
    subject: string;
    text: string;
    date: Date;
    messageId: string;
    xMailer: string;
  }

  interface Transport {
    /** Rejects with an Error that has the relay's `responseCode`, where it has answered. */
    sendMail(message: Message): Promise<unknown>;
  }

  export function createTransport(options: TransportOptions): Transport;
}
