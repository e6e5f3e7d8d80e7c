# syntax=docker/dockerfile:1

# The function's runtime image, for the architecture that is asked for (docker buildx build --platform linux/amd64,linux/arm64).
ARG GO_VERSION=1.26

# The build runs on the builder's own architecture and compiles for the target's: Go needs no emulation for that.
FROM --platform=${BUILDPLATFORM} golang:${GO_VERSION} AS build
WORKDIR /fn
ENV CGO_ENABLED=0

# Dependencies change less often than the code: a layer of their own keeps them in the cache.
COPY go.mod go.sum ./
RUN go mod download

COPY fn fn
COPY input input
ARG TARGETOS
ARG TARGETARCH
RUN GOOS=${TARGETOS} GOARCH=${TARGETARCH} go build -trimpath -ldflags='-s -w' -o /function ./fn

# CA certificates and time zones, an unprivileged user, and nothing to run but the function.
FROM gcr.io/distroless/static-debian12:nonroot AS image
WORKDIR /
COPY --from=build /function /function
EXPOSE 9443
USER nonroot:nonroot
ENTRYPOINT ["/function"]
