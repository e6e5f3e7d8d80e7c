# syntax=docker/dockerfile:1

# The function's runtime image, for those who build with a container engine what make package builds without one:
#
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION=v0.1.0 .
#
# The content is the same, byte by byte. Where the engine does not say for which platform it builds, it is to be told:
# --build-arg BUILDPLATFORM=linux/amd64.
ARG GO_VERSION=1.26
ARG BUILDPLATFORM

# The build runs on the builder's own architecture and compiles for the target's: Go needs no emulation for that.
FROM --platform=${BUILDPLATFORM} golang:${GO_VERSION} AS build
WORKDIR /src
ENV CGO_ENABLED=0

# Dependencies change less often than the code: a layer of their own keeps them in the cache.
COPY go.mod go.sum ./
RUN go mod download

# What is in the image, a part of the program that builds the packages knows.
COPY package/build package/build
RUN cd package/build && go build -trimpath -o /write-root ./root
COPY cmd cmd
COPY fn fn
COPY input input
COPY internal internal
ARG VERSION=v0.0.0
ARG TARGETOS
ARG TARGETARCH
RUN /write-root --version=${VERSION} --os=${TARGETOS:-linux} --arch=${TARGETARCH:-$(go env GOARCH)} /image

# CA certificates, names for an unprivileged user, and nothing to run but the function: no shell.
FROM scratch AS image
WORKDIR /
COPY --from=build /image /
EXPOSE 9443 8080
USER 65532:65532
ENTRYPOINT ["/function", "serve"]
