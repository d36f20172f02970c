/** Types of the used classes. The package has none. */
declare module 'facebook-nodejs-business-sdk' {
  interface HttpService {
    executeRequest(
      url: string,
      method: string,
      headers: Readonly<Record<string, string>>,
      params: Readonly<Record<string, unknown>>,
    ): Promise<unknown>;
  }

  export class UserData {
    setEmail(email: string): this;
    setPhone(phone: string): this;
    setClientUserAgent(agent: string): this;
    setFirstName(name: string): this;
    setLastName(name: string): this;
    setCity(city: string): this;
    setState(state: string): this;
    setZip(zip: string): this;
    setCountry(country: string): this;
    setGender(gender: string): this;
    normalize(): Readonly<Record<string, string | readonly string[] | undefined>>;
  }

  export class CustomData {
    setValue(value: number): this;
    setCurrency(currency: string): this;
    setOrderId(id: string): this;
  }

  export class ServerEvent {
    setEventName(name: string): this;
    setEventTime(seconds: number): this;
    setEventId(id: string): this;
    setActionSource(source: string): this;
    setEventSourceUrl(url: string): this;
    setUserData(user: UserData): this;
    setCustomData(data: CustomData): this;
  }

  export class EventRequest {
    constructor(accessToken: string, pixelId: string);
    setEvents(events: readonly ServerEvent[]): this;
    setHttpService(service: HttpService): this;
    execute(): Promise<unknown>;
  }
}
